//! ID tokens, verified as a client does it.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa;
use p256::ecdsa::signature::Verifier as _;
use rsa::signature::Verifier as _;
use rsa::{BigUint, RsaPublicKey, pkcs1v15, sha2};
use serde_json::Value;

use super::browser::Browser;
use super::curl::{curl, post};
use super::device::{self, GRANT_TYPE};
use super::server::Server;

/// The claims of an ID token, whose signature and issuer are checked.
#[track_caller]
pub(crate) fn verified(server: &Server, tokens: &Value) -> Value {
    let token = tokens["id_token"].as_str().unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims) = (json(header), json(claims));
    let key = key(server, &header["kid"]);
    assert_eq!(header["alg"], key["alg"]);
    verify(&key, signed.as_bytes(), &decode(signature));
    let discovery = curl(&[server.at("/.well-known/openid-configuration")]).json();
    assert_eq!(claims["iss"], discovery["issuer"]);
    assert!(claims["exp"].as_u64() > claims["iat"].as_u64());
    claims
}

/// The key of this name at the address that the server's metadata give.
fn key(server: &Server, id: &Value) -> Value {
    let discovery = curl(&[server.at("/.well-known/openid-configuration")]).json();
    let algorithms = &discovery["id_token_signing_alg_values_supported"];
    assert!(algorithms.as_array().unwrap().contains(&"RS256".into()));
    let keys = curl(&[discovery["jwks_uri"].as_str().unwrap()]).json();
    let mut keys = keys["keys"].as_array().unwrap().iter();
    keys.find(|key| key["kid"] == *id).unwrap().clone()
}

/// Verifies the signature with this key.
#[track_caller]
fn verify(key: &Value, signed: &[u8], signature: &[u8]) {
    let number = |name: &str| decode(key[name].as_str().unwrap());
    if key["kty"] == "RSA" {
        let parts = ["n", "e"].map(|name| BigUint::from_bytes_be(&number(name)));
        let [n, e] = parts;
        let key = RsaPublicKey::new(n, e).unwrap();
        let key = pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key);
        let signature = pkcs1v15::Signature::try_from(signature).unwrap();
        key.verify(signed, &signature).unwrap();
    } else {
        assert_eq!((&key["kty"], &key["crv"]), (&"EC".into(), &"P-256".into()));
        let point = [vec![4], number("x"), number("y")].concat();
        let key = ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = ecdsa::Signature::from_slice(signature).unwrap();
        key.verify(signed, &signature).unwrap();
    }
}

fn json(part: &str) -> Value {
    serde_json::from_slice(&decode(part)).unwrap()
}

fn decode(part: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(part).unwrap()
}

#[test]
fn an_id_token_says_who_signed_in_for_whom_and_when() {
    let server = Server::start();
    let claims = verified(&server, &device::tokens(&server, "openid profile"));
    assert_eq!(
        (&claims["sub"], &claims["aud"]),
        (&"alice".into(), &"cli".into())
    );
    assert_eq!(claims["preferred_username"], "alice");
    assert!(claims["auth_time"].as_u64() <= claims["iat"].as_u64());
}

#[test]
fn a_client_gets_the_algorithm_that_it_registered() {
    let server = Server::start();
    let algorithm = |tokens: &Value| {
        let token = tokens["id_token"].as_str().unwrap();
        json(token.split('.').next().unwrap())["alg"].clone()
    };
    let default = device::tokens(&server, "openid");
    assert_eq!(algorithm(&default), "RS256");
    let secret = [("client_id", "box"), ("client_secret", "box-secret")];
    let request = [&secret[..], &[("scope", "openid")]].concat();
    let codes = post(&server.at("/device_authorization"), &request).json();
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    browser.approve(codes["user_code"].as_str().unwrap());
    let code = [
        ("grant_type", GRANT_TYPE),
        ("device_code", codes["device_code"].as_str().unwrap()),
    ];
    let registered = post(&server.at("/token"), &[&secret[..], &code].concat()).json();
    assert_eq!(algorithm(&registered), "ES256");
    assert_eq!(verified(&server, &registered)["aud"], "box");
}

#[test]
fn the_name_is_in_it_only_with_profile() {
    let server = Server::start();
    let claims = verified(&server, &device::tokens(&server, "openid"));
    assert_eq!(claims.get("preferred_username"), None);
}

#[test]
#[should_panic(expected = "signature")]
fn a_changed_id_token_is_not_verified() {
    let server = Server::start();
    let mut tokens = device::tokens(&server, "openid");
    let token = tokens["id_token"].as_str().unwrap();
    let (header, rest) = token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let mut claims = json(claims);
    claims["sub"] = "mallory".into();
    let claims = Base64UrlUnpadded::encode_string(claims.to_string().as_bytes());
    tokens["id_token"] = format!("{header}.{claims}.{signature}").into();
    verified(&server, &tokens);
}
