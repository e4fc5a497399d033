//! Answers of the layer, before an endpoint gets a body.

use std::future::ready;

use axum::body::Body;

use super::{Answered, Endpoint, Server, case, golden};
use crate::http::tests::layer::{Scripted, layer, own_app, request, send};
use crate::http::{ClientIpSource, DeviceGrantLayer};

#[tokio::test]
async fn a_body_that_announces_to_be_too_large() {
    let answers = everywhere(|| Scripted::announcing(1 << 40)).await;
    golden(case::BODY_OVER_LAYER_LIMIT, answers);
}

#[tokio::test]
async fn a_body_without_end() {
    golden(
        case::BODY_OVER_LAYER_LIMIT,
        everywhere(Scripted::endless).await,
    );
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    golden(case::BODY_BREAKS_OFF, everywhere(Scripted::broken).await);
}

#[tokio::test]
async fn a_body_that_stays_away() {
    golden(case::BODY_TOO_SLOW, everywhere(Scripted::stalling).await);
}

#[tokio::test]
async fn a_request_from_nowhere() {
    let source = ClientIpSource::extension();
    let layer = DeviceGrantLayer::new(Server::new().endpoints, source);
    golden(
        case::UNKNOWN_CLIENT_ADDRESS,
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
