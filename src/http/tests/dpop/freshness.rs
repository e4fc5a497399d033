//! Proofs that come again, clocks that are wrong, and nonces.

use std::time::Duration;

use serde_json::json;

use super::super::prover::{Prover, base64};
use super::super::{Server, error, json as body};
use super::{START, TOKEN, invalid, nonce, poll, server, start, wants_nonce};
use crate::http::Dpop;

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
