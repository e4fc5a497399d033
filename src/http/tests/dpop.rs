use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};

use super::prover::{Prover, base64, claims, encoded, proven};
use super::{GRANT_TYPE, Server, error, form, given_back, json as body, registry, with};
use crate::grant::KeyThumbprint;
use crate::host::{Redemption, issuer_fn};
use crate::http::{Dpop, Endpoint};
use crate::message::TokenResponse;

const START: &str = "/device_authorization";
const TOKEN: &str = "/token";

/// A server that takes proofs, and the keys that its token issuer was handed.
fn server(dpop: Dpop) -> (Server, Arc<Mutex<Vec<Option<String>>>>) {
    let keys: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let handed = Arc::clone(&keys);
    let issuer = issuer_fn(move |redemption: Redemption| {
        let key = redemption.key.map(|key| key.to_string());
        let token_type = if key.is_some() { "DPoP" } else { "Bearer" };
        handed.lock().unwrap().push(key);
        async move { Ok(TokenResponse::new("the-token", token_type)) }
    });
    let mut server = Server::of(registry(), issuer, |builder| builder);
    server.endpoints = server.endpoints.dpop(dpop);
    (server, keys)
}

async fn start(server: &Server, proof: &str) -> Response<Bytes> {
    let request = proven(form("client_id=tv&scope=openid"), START, proof);
    server.endpoints.device_authorization(request).await
}

fn poll_of(device_code: &str) -> Request<Bytes> {
    form(&format!(
        "{GRANT_TYPE}&client_id=tv&device_code={device_code}"
    ))
}

async fn poll(server: &Server, device_code: &str, proof: &str) -> Response<Bytes> {
    server
        .poll(proven(poll_of(device_code), TOKEN, proof))
        .await
}

fn nonce(response: &Response<Bytes>) -> String {
    response.headers()["dpop-nonce"]
        .to_str()
        .unwrap()
        .to_owned()
}

fn invalid() -> (u16, String) {
    (400, "invalid_dpop_proof".to_owned())
}

fn wants_nonce() -> (u16, String) {
    (400, "use_dpop_nonce".to_owned())
}

#[tokio::test]
async fn a_grant_that_began_with_a_proof_is_redeemed_with_that_key_alone() {
    for prover in [Prover::p256(7), Prover::ed25519(7)] {
        let (server, keys) = server(Dpop::new());
        let codes = body(&start(&server, &prover.proof(&server, START, "1")).await);
        let code = codes["device_code"].as_str().unwrap();
        server.approve(codes["user_code"].as_str().unwrap()).await;
        let thief = Prover::p256(8).proof(&server, TOKEN, "2");
        let refused = (400, "invalid_grant".to_owned());
        assert_eq!(error(&poll(&server, code, &thief).await), refused);
        assert_eq!(error(&server.poll_as_tv(code).await), refused);
        let tokens = poll(&server, code, &prover.proof(&server, TOKEN, "2")).await;
        assert_eq!(body(&tokens)["token_type"], "DPoP");
        assert_eq!(*keys.lock().unwrap(), [Some(prover.jkt())]);
    }
}

#[tokio::test]
async fn a_proof_with_the_poll_alone_is_the_tokens_key() {
    let (server, keys) = server(Dpop::new());
    let (code, user_code) = server.codes("client_id=tv&scope=openid").await;
    server.approve(&user_code).await;
    let prover = Prover::p256(7);
    let tokens = poll(&server, &code, &prover.proof(&server, TOKEN, "1")).await;
    assert_eq!(tokens.status(), 200);
    assert_eq!(*keys.lock().unwrap(), [Some(prover.jkt())]);
}

#[tokio::test]
async fn no_client_has_to_prove_a_key() {
    let (server, keys) = server(Dpop::new().require_nonce());
    let (code, user_code) = server.codes("client_id=tv&scope=openid").await;
    server.approve(&user_code).await;
    let tokens = server.poll_as_tv(&code).await;
    assert_eq!(body(&tokens)["token_type"], "Bearer");
    assert!(!tokens.headers().contains_key("dpop-nonce"));
    assert_eq!(*keys.lock().unwrap(), [None]);
}

#[tokio::test]
async fn dpop_jkt_binds_the_grant_to_a_key_that_is_proven_later() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let named = format!("client_id=tv&scope=openid&dpop_jkt={}", prover.jkt());
    let (code, user_code) = server.codes(&named).await;
    server.approve(&user_code).await;
    let refused = (400, "invalid_grant".to_owned());
    assert_eq!(error(&server.poll_as_tv(&code).await), refused);
    let tokens = poll(&server, &code, &prover.proof(&server, TOKEN, "1")).await;
    assert_eq!(tokens.status(), 200);
}

#[tokio::test]
async fn a_proof_is_taken_once_even_after_the_clock_was_set_back() {
    let (server, _) = server(Dpop::new());
    let proof = Prover::p256(7).proof(&server, START, "1");
    assert_eq!(start(&server, &proof).await.status(), 200);
    assert_eq!(error(&start(&server, &proof).await), invalid());
    server.set_back(Duration::from_secs(5));
    assert_eq!(error(&start(&server, &proof).await), invalid());
    server.advance(Duration::from_secs(64));
    assert_eq!(error(&start(&server, &proof).await), invalid());
}

#[tokio::test]
async fn a_proof_is_remembered_longer_than_it_is_taken() {
    let (server, _) = server(Dpop::new());
    // The latest that is taken, so that it is taken for longest.
    let iat = server.seconds() + 60;
    let proof = Prover::p256(7).proof_with(&server, START, json!({ "iat": iat }));
    assert_eq!(start(&server, &proof).await.status(), 200);
    for _ in 0..24 {
        server.advance(Duration::from_secs(5));
        assert_eq!(error(&start(&server, &proof).await), invalid());
    }
    server.advance(Duration::from_secs(1));
    assert_eq!(error(&start(&server, &proof).await), wants_nonce());
}

#[tokio::test]
async fn the_same_jti_of_another_key_is_another_proof() {
    let (server, _) = server(Dpop::new());
    for seed in [7, 8] {
        let proof = Prover::p256(seed).proof(&server, START, "1");
        assert_eq!(start(&server, &proof).await.status(), 200);
    }
}

#[tokio::test]
async fn a_device_whose_clock_is_wrong_goes_on_with_a_nonce() {
    for off in [-86_400 * 365, -61, 61, 86_400 * 365] {
        let (server, _) = server(Dpop::new());
        let prover = Prover::p256(7);
        let iat = server.seconds() + off;
        let without = prover.proof_with(&server, START, json!({ "iat": iat }));
        let answer = start(&server, &without).await;
        assert_eq!(error(&answer), wants_nonce(), "{off}");
        let claims = json!({ "iat": iat, "nonce": nonce(&answer), "jti": "2" });
        let with = prover.proof_with(&server, START, claims);
        assert_eq!(start(&server, &with).await.status(), 200, "{off}");
        assert_eq!(error(&start(&server, &with).await), invalid(), "{off}");
    }
}

#[tokio::test]
async fn a_required_nonce_is_told_and_taken_for_two_minutes_at_most() {
    let (server, _) = server(Dpop::new().require_nonce());
    let prover = Prover::p256(7);
    let answer = start(&server, &prover.proof(&server, START, "1")).await;
    assert_eq!(error(&answer), wants_nonce());
    let nonce = nonce(&answer);
    let mut tried = 0;
    let mut with = |server: &Server| {
        tried += 1;
        let claims = json!({ "nonce": nonce, "jti": format!("with {tried}") });
        prover.proof_with(server, START, claims)
    };
    server.advance(Duration::from_secs(89));
    assert_eq!(start(&server, &with(&server)).await.status(), 200);
    server.advance(Duration::from_secs(32));
    assert_eq!(error(&start(&server, &with(&server)).await), wants_nonce());
}

#[tokio::test]
async fn a_nonce_that_this_server_did_not_make_is_refused() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let mine = nonce(&start(&server, &prover.proof(&server, START, "1")).await);
    let mut flipped = mine.clone().into_bytes();
    flipped[20] = if flipped[20] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let slot = base64(&[0; 24]);
    let longer = mine.clone() + "AAAA";
    // Same issuer, same time, other code keys.
    let (other, _) = self::server(Dpop::new());
    let others = nonce(&start(&other, &prover.proof(&other, START, "1")).await);
    let wrong = ["", "x", &flipped, &slot, &longer, &others];
    for (number, wrong) in wrong.into_iter().enumerate() {
        let claims = json!({ "nonce": wrong, "jti": number.to_string() });
        let proof = prover.proof_with(&server, START, claims);
        assert_eq!(
            error(&start(&server, &proof).await),
            wants_nonce(),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn every_answer_to_a_proof_carries_the_next_nonce() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let started = start(&server, &prover.proof(&server, START, "1")).await;
    let code = body(&started)["device_code"].as_str().unwrap().to_owned();
    let pending = poll(&server, &code, &prover.proof(&server, TOKEN, "2")).await;
    assert_eq!(error(&pending).1, "authorization_pending");
    assert_eq!(nonce(&started), nonce(&pending));
    server.advance(Duration::from_secs(30));
    let later = poll(&server, &code, &prover.proof(&server, TOKEN, "3")).await;
    assert_ne!(nonce(&later), nonce(&pending));
}

/// Paths are put behind it: behind a query, they would be no part of what is compared.
#[test]
fn a_public_url_has_no_query_and_no_fragment() {
    for url in [
        "https://edge.example/auth?tenant=1",
        "https://edge.example?",
        "https://edge.example/#a",
    ] {
        assert!(Dpop::new().public_url(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn the_uri_is_the_public_one_of_the_endpoint() {
    let (mut server, _) = server(
        Dpop::new()
            .public_url("https://edge.example/auth/")
            .unwrap(),
    );
    let paths = ["/prefix/device_authorization", START];
    server.endpoints = server.endpoints.paths(Endpoint::DeviceAuthorization, paths);
    let prover = Prover::p256(7);
    for (number, htu) in [
        "https://id.example/device_authorization",
        "https://id.example/prefix/device_authorization",
        "https://ID.example:443/device_authorization?a#b",
        "https://edge.example/auth/device_authorization",
    ]
    .into_iter()
    .enumerate()
    {
        let claims = json!({ "htu": htu, "jti": number.to_string() });
        let proof = prover.proof_with(&server, START, claims);
        assert_eq!(start(&server, &proof).await.status(), 200, "{htu}");
    }
    for htu in [
        "https://id.example/token",
        "https://id.example/",
        "http://id.example/device_authorization",
        "https://edge.example/device_authorization",
        "https://evil.example/device_authorization",
        "/device_authorization",
        "",
    ] {
        let proof = prover.proof_with(&server, START, json!({ "htu": htu }));
        assert_eq!(error(&start(&server, &proof).await), invalid(), "{htu}");
    }
}

#[tokio::test]
async fn a_forwarded_header_changes_no_public_url() {
    let (server, _) = server(Dpop::new());
    let htu = "https://evil.example/device_authorization";
    let proof = Prover::p256(7).proof_with(&server, START, json!({ "htu": htu }));
    let mut request = proven(form("client_id=tv&scope=openid"), START, &proof);
    for name in ["host", "x-forwarded-host"] {
        let evil = "evil.example".parse().unwrap();
        request.headers_mut().insert(name, evil);
    }
    let answer = server.endpoints.device_authorization(request).await;
    assert_eq!(error(&answer), invalid());
}

/// Proofs that a right key signed, each wrong in one thing.
fn signed_wrong(server: &Server, prover: &Prover) -> Vec<String> {
    let claims = claims(server, START, "1");
    let mut wrong = Vec::new();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("es256")),
        ("alg", json!("ES384")),
        ("alg", json!("EdDSA")),
        ("crit", json!(["exp"])),
        ("jwk", Value::Null),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        (
            "jwk",
            json!({ "kty": "RSA", "n": base64(&[255; 128]), "e": "AQAB" }),
        ),
    ] {
        let mut header = prover.header();
        header[name] = value;
        wrong.push(prover.sign(&header, &claims));
    }
    for (name, value) in [
        ("d", json!("AAAA")),
        ("d", Value::Null),
        ("k", json!("AAAA")),
        ("x", json!("AAAA")),
        ("x", json!(base64(&[0; 32]))),
        ("y", Value::Null),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("kty", json!("OKP")),
    ] {
        let mut header = prover.header();
        header["jwk"][name] = value;
        wrong.push(prover.sign(&header, &claims));
    }
    for (name, value) in [
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htu", json!("https://id.example/token")),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", Value::Null),
        ("iat", json!("1800000000")),
        ("iat", Value::Null),
        ("nonce", json!(1)),
    ] {
        wrong.push(prover.proof_with(server, START, json!({ name: value })));
    }
    wrong
}

#[tokio::test]
async fn a_wrong_proof_is_refused_and_leaves_nothing_behind() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let right = prover.proof(&server, START, "1");
    let (signed, signature) = right.rsplit_once('.').unwrap();
    let others = Prover::p256(8).proof(&server, START, "1");
    let others = others.rsplit_once('.').unwrap().1;
    let unsigned = json!({ "typ": "dpop+jwt", "alg": "none", "jwk": prover.jwk() });
    let unsigned = encoded(&unsigned) + "." + &encoded(&claims(&server, START, "1")) + ".";
    let huge = prover.proof_with(&server, START, json!({ "jti": "x".repeat(8 * 1024) }));
    let mut wrong = signed_wrong(&server, &prover);
    wrong.extend([
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        signed.to_owned(),
        format!("{signed}."),
        format!("{signed}.{others}"),
        format!("{signed}.{signature}="),
        format!("{signed}.{}", signature.get(..43).unwrap()),
        format!("{right}.{signature}"),
        format!("{right},{right}"),
        format!("DPoP {right}"),
        unsigned,
        huge,
    ]);
    for proof in wrong {
        let answer = start(&server, &proof).await;
        assert_eq!(error(&answer), invalid(), "{proof}");
        assert!(answer.headers().contains_key("dpop-nonce"));
    }
    // So it was none of them that used it up.
    assert_eq!(start(&server, &right).await.status(), 200);
}

#[tokio::test]
async fn a_small_order_key_of_ed25519_proves_nothing() {
    let (server, _) = server(Dpop::new());
    // Of the neutral element any text has this signature, unless the verification is strict.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(&neutral) });
    let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk });
    let signed = encoded(&header) + "." + &encoded(&claims(&server, START, "1"));
    let signature = [neutral, [0; 32]].concat();
    let proof = format!("{signed}.{}", base64(&signature));
    assert_eq!(error(&start(&server, &proof).await), invalid());
}

#[tokio::test]
async fn a_proof_of_8_kib_is_read_and_a_longer_one_is_not() {
    const LONGEST: usize = 8 * 1024;
    let (server, _) = server(Dpop::new());
    for (length, expected) in [
        (
            LONGEST,
            "the DPoP proof is no JWT with jwk, jti, htm, htu and iat",
        ),
        (LONGEST + 1, "the DPoP proof is too long"),
    ] {
        let refused = start(&server, &"x".repeat(length)).await;
        assert_eq!(body(&refused)["error_description"], expected, "{length}");
    }
}

#[tokio::test]
async fn two_dpop_headers_are_refused() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let first = prover.proof(&server, START, "1");
    let request = proven(form("client_id=tv&scope=openid"), START, &first);
    let request = proven(request, START, &prover.proof(&server, START, "2"));
    let answer = server.endpoints.device_authorization(request).await;
    assert_eq!(error(&answer), invalid());
}

#[tokio::test]
async fn a_wrong_proof_is_no_poll() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let codes = body(&start(&server, &prover.proof(&server, START, "1")).await);
    let code = codes["device_code"].as_str().unwrap();
    for _ in 0..5 {
        let replayed = prover.proof(&server, START, "1");
        assert_eq!(error(&poll(&server, code, &replayed).await), invalid());
    }
    let answer = poll(&server, code, &prover.proof(&server, TOKEN, "2")).await;
    assert_eq!(error(&answer).1, "authorization_pending");
}

#[tokio::test]
async fn dpop_jkt_has_to_be_the_key_of_the_proof() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    for (jkt, number, expected) in [
        (Prover::p256(8).jkt(), "1", Some("invalid_dpop_proof")),
        ("short".to_owned(), "2", Some("invalid_request")),
        ("A".repeat(22), "4", Some("invalid_request")),
        (prover.jkt(), "3", None),
    ] {
        let request = form(&format!("client_id=tv&scope=openid&dpop_jkt={jkt}"));
        let request = proven(request, START, &prover.proof(&server, START, number));
        let answer = server.endpoints.device_authorization(request).await;
        let json = body(&answer);
        assert_eq!(json.get("error").and_then(Value::as_str), expected, "{jkt}");
    }
}

#[tokio::test]
async fn a_host_that_knows_the_key_is_believed() {
    let (server, keys) = server(Dpop::new());
    let certificate = KeyThumbprint::from_bytes([3; 32]);
    let request = with(
        |facts| facts.key = Some(certificate),
        "client_id=tv&scope=openid",
    );
    let codes = body(&server.endpoints.device_authorization(request).await);
    server.approve(codes["user_code"].as_str().unwrap()).await;
    let code = codes["device_code"].as_str().unwrap();
    let poll = format!("{GRANT_TYPE}&client_id=tv&device_code={code}");
    let tokens = server.poll(with(|facts| facts.key = Some(certificate), &poll));
    assert_eq!(tokens.await.status(), 200);
    assert_eq!(*keys.lock().unwrap(), [Some(certificate.to_string())]);
}

#[tokio::test]
async fn a_header_that_nobody_asked_for_is_ignored() {
    let server = Server::new();
    let request = proven(form("client_id=tv&scope=openid"), START, "x");
    let answer = server.endpoints.device_authorization(request).await;
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("dpop-nonce"));
}

#[tokio::test]
async fn a_cancelled_grant_was_bound_to_the_key_that_cancels() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let codes = body(&start(&server, &prover.proof(&server, START, "1")).await);
    let code = codes["device_code"].as_str().unwrap();
    let cancel = || form(&format!("client_id=tv&token={code}"));
    given_back(server.endpoints.revocation(cancel()).await);
    let proof = prover.proof(&server, "/revoke", "2");
    let request = proven(cancel(), "/revoke", &proof);
    let answer = super::answered(server.endpoints.revocation(request).await);
    assert_eq!(answer.status(), 200);
}

/// The host's endpoint would say 200 to an unknown token, and the device believe that its grant is cancelled.
#[tokio::test]
async fn a_cancellation_whose_proof_is_refused_is_not_passed_on() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    let start_proof = prover.proof(&server, START, "1");
    let codes = body(&start(&server, &start_proof).await);
    let code = codes["device_code"].as_str().unwrap();
    let cancel = async |proof: &str| {
        let request = proven(
            form(&format!("client_id=tv&token={code}")),
            "/revoke",
            proof,
        );
        super::answered(server.endpoints.revocation(request).await)
    };
    let stale = prover.proof_with(&server, "/revoke", json!({ "iat": 1 }));
    let told = cancel(&stale).await;
    assert_eq!(error(&told), wants_nonce());
    assert_eq!(error(&cancel(&start_proof).await), invalid());
    let claims = json!({ "iat": 1, "jti": "2", "nonce": nonce(&told) });
    let fresh = prover.proof_with(&server, "/revoke", claims);
    assert_eq!(cancel(&fresh).await.status(), 200);
}

/// The key that a host asks for, of a request that it answers itself.
async fn key(
    server: &Server,
    token: Option<&str>,
    proof: Option<&str>,
) -> Result<Option<String>, (u16, HeaderMap)> {
    let mut request = Request::post("/refresh").body(Bytes::new()).unwrap();
    if let Some(proof) = proof {
        request = proven(request, "/refresh", proof);
    }
    let (parts, _) = request.into_parts();
    let key = server.endpoints.dpop_key(&parts, token).await;
    key.map(|key| key.map(|key| key.to_string()))
        .map_err(|response| (response.status().as_u16(), response.headers().clone()))
}

#[tokio::test]
async fn a_host_verifies_the_proofs_of_its_own_grants() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    assert_eq!(key(&server, None, None).await.unwrap(), None);
    let proof = prover.proof(&server, "/refresh", "1");
    let proven = key(&server, None, Some(&proof)).await;
    assert_eq!(proven.unwrap(), Some(prover.jkt()));
    let (status, headers) = key(&server, None, Some(&proof)).await.unwrap_err();
    assert_eq!(status, 400);
    assert!(headers.contains_key("dpop-nonce"));
}

#[tokio::test]
async fn a_resource_takes_a_proof_for_its_access_token_alone() {
    let (server, _) = server(Dpop::new());
    let prover = Prover::p256(7);
    // The example of RFC 9449, section 7.1.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";
    let right = prover.proof_with(&server, "/refresh", json!({ "ath": ath }));
    let proven = key(&server, Some(token), Some(&right)).await;
    assert_eq!(proven.unwrap(), Some(prover.jkt()));
    for (number, ath) in [Value::Null, json!("x"), json!(ath.get(1..))]
        .into_iter()
        .enumerate()
    {
        let claims = json!({ "ath": ath, "jti": number.to_string() });
        let wrong = prover.proof_with(&server, "/refresh", claims);
        let (status, headers) = key(&server, Some(token), Some(&wrong)).await.unwrap_err();
        assert_eq!(status, 401);
        assert_eq!(
            headers["www-authenticate"],
            r#"DPoP error="invalid_dpop_proof", algs="ES256 EdDSA Ed25519""#
        );
    }
}

#[tokio::test]
async fn the_example_of_rfc_9449_section_5_is_read() {
    // Its signature is right, so that what is refused is its age and where it is for.
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik\
        VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR\
        nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE\
        QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj\
        oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia\
        WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg\
        4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let dpop = Dpop::new()
        .public_url("https://server.example.com")
        .unwrap();
    let (server, _) = server(dpop);
    let answer = poll(&server, "x", proof).await;
    assert_eq!(error(&answer), wants_nonce());
}

#[tokio::test]
async fn the_metadata_names_the_algorithms_where_proofs_are_taken() {
    let member = "dpop_signing_alg_values_supported";
    let (server, _) = server(Dpop::new());
    let document = server.endpoints.server_metadata().unwrap();
    assert_eq!(document[member], json!(["ES256", "EdDSA", "Ed25519"]));
    let without = Server::new().endpoints.server_metadata().unwrap();
    assert!(!without.contains_key(member));
}
