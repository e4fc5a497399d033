use http::{Request, Response};

use bytes::Bytes;
use serde_json::json;

use super::super::prover::{Prover, proven};
use super::{Answered, Endpoint, GRANT_TYPE, Server, case, form_with, golden};
use crate::http::Dpop;

fn server() -> Server {
    let mut server = Server::new();
    server.endpoints = server.endpoints.dpop(Dpop::new());
    server
}

/// Every such answer carries a nonce, which is another one each half minute.
fn without_nonce(mut response: Response<Bytes>) -> Response<Bytes> {
    assert!(response.headers_mut().remove("dpop-nonce").is_some());
    response
}

/// Sends proofs for each of the endpoints.
async fn proven_at_both(server: &Server, proof: impl Fn(&str) -> Vec<String>) -> [Answered; 2] {
    let request = |path: &str, body: &str| -> Request<Bytes> {
        let proofs = proof(path);
        let proofs = proofs.iter();
        proofs.fold(form_with(body), |request, proof| {
            proven(request, path, proof)
        })
    };
    let start = request("/device_authorization", "client_id=tv");
    let start = server.endpoints.device_authorization(start).await;
    let poll = request(
        "/token",
        &format!("{GRANT_TYPE}&client_id=tv&device_code=x"),
    );
    [
        (Endpoint::DeviceAuthorization, without_nonce(start)),
        (Endpoint::Token, without_nonce(server.poll(poll).await)),
    ]
}

#[tokio::test]
async fn proofs() {
    let prover = Prover::p256(7);
    let server = server();
    let old = |path: &str| vec![prover.proof_with(&server, path, json!({ "iat": 1 }))];
    golden(
        case::DPOP_PROOF_NOT_FRESH,
        proven_at_both(&server, old).await,
    );
    let two = |path: &str| {
        vec![
            prover.proof(&server, path, "1"),
            prover.proof(&server, path, "2"),
        ]
    };
    golden(case::TWO_DPOP_HEADERS, proven_at_both(&server, two).await);
    let none = |_: &str| vec!["x".to_owned()];
    golden(
        case::DPOP_PROOF_MALFORMED,
        proven_at_both(&server, none).await,
    );
    let long = |_: &str| vec!["x".repeat(8 * 1024 + 1)];
    golden(
        case::DPOP_PROOF_TOO_LONG,
        proven_at_both(&server, long).await,
    );
    let header = |name: &str, value: serde_json::Value| {
        let mut header = prover.header();
        header[name] = value;
        let (server, prover) = (&server, &prover);
        move |path: &str| {
            vec![prover.sign(&header, &super::super::prover::claims(server, path, "1"))]
        }
    };
    let wrong = header("typ", json!("JWT"));
    golden(
        case::DPOP_PROOF_OF_ANOTHER_TYPE,
        proven_at_both(&server, wrong).await,
    );
    let wrong = header("alg", json!("RS256"));
    golden(
        case::DPOP_PROOF_BY_ANOTHER_ALGORITHM,
        proven_at_both(&server, wrong).await,
    );
    let mut private = prover.jwk();
    private["d"] = json!("AAAA");
    let wrong = header("jwk", private);
    golden(
        case::DPOP_PROOF_WITH_PRIVATE_KEY,
        proven_at_both(&server, wrong).await,
    );
    let mut short = prover.jwk();
    short["x"] = json!("AAAA");
    let wrong = header("jwk", short);
    golden(
        case::DPOP_PROOF_WITH_UNFIT_KEY,
        proven_at_both(&server, wrong).await,
    );
    let wrong = header("jwk", Prover::p256(8).jwk());
    golden(
        case::DPOP_PROOF_SIGNED_BY_ANOTHER_KEY,
        proven_at_both(&server, wrong).await,
    );
    let wrong = |path: &str| vec![prover.proof_with(&server, path, json!({ "htm": "GET" }))];
    golden(
        case::DPOP_PROOF_ANOTHER_METHOD,
        proven_at_both(&server, wrong).await,
    );
    let wrong = |_: &str| vec![prover.proof(&server, "/elsewhere", "1")];
    golden(
        case::DPOP_PROOF_ANOTHER_URI,
        proven_at_both(&server, wrong).await,
    );
    let right = |path: &str| vec![prover.proof(&server, path, "used")];
    _ = proven_at_both(&server, right).await;
    golden(
        case::DPOP_PROOF_REPLAYED,
        proven_at_both(&server, right).await,
    );
}

async fn started(server: &Server, body: &str, proof: Option<String>) -> [Answered; 1] {
    let path = "/device_authorization";
    let mut request = form_with(body);
    if let Some(proof) = &proof {
        request = proven(request, path, proof);
    }
    let mut response = server.endpoints.device_authorization(request).await;
    if proof.is_some() {
        response = without_nonce(response);
    }
    [(Endpoint::DeviceAuthorization, response)]
}

#[tokio::test]
async fn named_keys() {
    let prover = Prover::p256(7);
    let server = server();
    golden(
        case::MALFORMED_DPOP_JKT,
        started(&server, "client_id=tv&dpop_jkt=x", None).await,
    );
    let other = format!("client_id=tv&dpop_jkt={}", Prover::p256(8).jkt());
    let proof = prover.proof(&server, "/device_authorization", "1");
    golden(
        case::DPOP_JKT_OF_ANOTHER_KEY,
        started(&server, &other, Some(proof)).await,
    );
}
