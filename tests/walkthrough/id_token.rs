//! ID tokens, verified as a client does it.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;

use super::curl::curl;
use super::device;
use super::server::Server;

/// The claims of an ID token, whose signature and issuer are checked.
#[track_caller]
pub(crate) fn verified(server: &Server, tokens: &Value) -> Value {
    let token = tokens["id_token"].as_str().unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims) = (json(header), json(claims));
    assert_eq!(header["alg"], "ES256");
    let signature = Signature::from_slice(&decode(signature)).unwrap();
    key(server, &header["kid"])
        .verify(signed.as_bytes(), &signature)
        .unwrap();
    let discovery = curl(&[server.at("/.well-known/openid-configuration")]).json();
    assert_eq!(claims["iss"], discovery["issuer"]);
    assert!(claims["exp"].as_u64() > claims["iat"].as_u64());
    claims
}

/// The key of this name at the address that the server's metadata give.
fn key(server: &Server, id: &Value) -> VerifyingKey {
    let discovery = curl(&[server.at("/.well-known/openid-configuration")]).json();
    let keys = curl(&[discovery["jwks_uri"].as_str().unwrap()]).json();
    let mut keys = keys["keys"].as_array().unwrap().iter();
    let key = keys.find(|key| key["kid"] == *id).unwrap();
    assert_eq!((&key["kty"], &key["crv"]), (&"EC".into(), &"P-256".into()));
    let coordinate = |name: &str| decode(key[name].as_str().unwrap());
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    VerifyingKey::from_sec1_bytes(&point).unwrap()
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
