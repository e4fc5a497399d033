//! Proofs of possession (RFC 9449) at the endpoints.

mod binding;
mod freshness;
mod hosts;
mod refusals;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};

use super::prover::proven;
use super::{GRANT_TYPE, Server, form, registry};
use crate::host::{Redemption, issuer_fn};
use crate::http::Dpop;
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
