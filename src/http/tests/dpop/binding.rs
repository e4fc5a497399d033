//! The key that a grant is bound to.

use serde_json::{Value, json};

use super::super::prover::{Prover, proven};
use super::super::{GRANT_TYPE, Server, answered, error, form, given_back, json as body, with};
use super::{START, TOKEN, invalid, nonce, poll, server, start, wants_nonce};
use crate::grant::KeyThumbprint;
use crate::http::Dpop;

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
    let answer = answered(server.endpoints.revocation(request).await);
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
        answered(server.endpoints.revocation(request).await)
    };
    let stale = prover.proof_with(&server, "/revoke", json!({ "iat": 1 }));
    let told = cancel(&stale).await;
    assert_eq!(error(&told), wants_nonce());
    assert_eq!(error(&cancel(&start_proof).await), invalid());
    let claims = json!({ "iat": 1, "jti": "2", "nonce": nonce(&told) });
    let fresh = prover.proof_with(&server, "/revoke", claims);
    assert_eq!(cancel(&fresh).await.status(), 200);
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
