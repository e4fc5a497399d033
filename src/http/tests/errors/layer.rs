//! What the layer answers before any endpoint has a body to look at.

use std::future::ready;

use axum::body::Body;

use super::{Answered, Endpoint, Server, golden};
use crate::http::DeviceGrantLayer;
use crate::http::tests::layer::{Scripted, own_app, request, send};

#[tokio::test]
async fn a_body_that_announces_to_be_too_large() {
    let answers = everywhere(|| Scripted::announcing(1 << 40)).await;
    golden("a body that is larger than the layer reads", answers);
}

#[tokio::test]
async fn a_body_without_end() {
    golden(
        "a body that is larger than the layer reads",
        everywhere(Scripted::endless).await,
    );
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    golden("a body that breaks off", everywhere(Scripted::broken).await);
}

#[tokio::test]
async fn a_body_that_stays_away() {
    golden(
        "a body that does not arrive in time",
        everywhere(Scripted::stalling).await,
    );
}

/// Sends such a body to each endpoint.
async fn everywhere(body: fn() -> Scripted) -> Vec<Answered> {
    let server = Server::new();
    let layer = DeviceGrantLayer::new(server.endpoints.clone()).body_deadline(|| ready(()));
    let mut answers = Vec::new();
    for (endpoint, path) in [
        (Endpoint::DeviceAuthorization, "/device_authorization"),
        (Endpoint::Token, "/token"),
        (Endpoint::Revocation, "/revoke"),
    ] {
        let request = request("POST", path, Body::new(body()));
        let mut response = send(own_app().layer(layer.clone()), request).await;
        // Of the framework's own making.
        response.headers_mut().remove("content-length");
        answers.push((endpoint, response));
    }
    answers
}
