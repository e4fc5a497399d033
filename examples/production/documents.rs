//! The documents that the server publishes.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::server::{Document, Server};

/// The metadata document ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)).
pub(crate) fn metadata(server: &Server) -> Document {
    let members = [
        ("issuer", json!(server.url)),
        ("token_endpoint", json!(server.at("/token"))),
        ("revocation_endpoint", json!(server.at("/revoke"))),
        ("userinfo_endpoint", json!(server.at("/userinfo"))),
        ("jwks_uri", json!(server.at("/jwks.json"))),
        ("grant_types_supported", json!(["refresh_token"])),
        // RFC 8414 requires the member, which may not be empty, and this server has no authorization endpoint.
        ("response_types_supported", json!(["none"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["ES256"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["none", "client_secret_basic", "client_secret_post"]),
        ),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    members.into_iter().collect()
}

pub(crate) fn well_known(document: Document) -> Router {
    let document = Value::from(document);
    let answer = get(move || async move { Json(document) });
    Router::new()
        .route("/.well-known/oauth-authorization-server", answer.clone())
        // Clients of OpenID Connect look here alone.
        .route("/.well-known/openid-configuration", answer)
}

/// `GET /jwks.json`
pub(crate) async fn key_set(State(server): State<Server>) -> Json<Value> {
    Json(json!({ "keys": [server.tokens.key.public()] }))
}
