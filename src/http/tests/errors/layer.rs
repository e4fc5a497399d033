//! What the layer answers before any endpoint has a body to look at.

use std::future::ready;

use axum::body::Body;

use super::{Answered, Endpoint, Server, golden};
use crate::http::tests::layer::{Scripted, layer, own_app, request, send};
use crate::http::{ClientIpSource, DeviceGrantLayer};

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

#[tokio::test]
async fn a_request_from_nowhere() {
    let source = ClientIpSource::extension();
    let layer = DeviceGrantLayer::new(Server::new().endpoints, source);
    golden(
        "a request of which the layer cannot tell where it comes from",
        everywhere_through(&layer, Scripted::endless).await,
    );
}

/// Sends such a body to each endpoint.
async fn everywhere(body: fn() -> Scripted) -> Vec<Answered> {
    let layer = layer(Server::new().endpoints).body_deadline(|| ready(()));
    everywhere_through(&layer, body).await
}

async fn everywhere_through(layer: &DeviceGrantLayer, body: fn() -> Scripted) -> Vec<Answered> {
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
