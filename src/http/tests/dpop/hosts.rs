//! Public URLs, and proofs at the endpoints of a host.

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::{Value, json};

use super::super::prover::{Prover, proven};
use super::super::{Server, error, form};
use super::{START, invalid, server, start};
use crate::http::{Dpop, Endpoint};

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
