//! How clients authenticate at the server's own endpoints.

use std::collections::HashMap;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding};
use http::header::AUTHORIZATION;
use serde_json::json;

use crate::clients::Client;
use crate::server::Server;

pub(crate) type Form = HashMap<String, String>;

/// The client of a request, or the answer to send.
pub(crate) async fn client(
    server: &Server,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Client, Response> {
    let (id, secret) = match headers.get(AUTHORIZATION) {
        Some(header) => {
            let basic = header.to_str().ok().and_then(basic);
            basic.ok_or_else(|| refusal("invalid_client"))?
        }
        None => {
            let id = form.get("client_id");
            let id = id.ok_or_else(|| refusal("invalid_request"))?.clone();
            (id, form.get("client_secret").cloned())
        }
    };
    let known = server.clients.find(&id, secret.as_deref()).await;
    known
        .map_err(|error| failure(&error))?
        .ok_or_else(|| refusal("invalid_client"))
}

/// Identifier and secret of an `Authorization: Basic` header.
fn basic(header: &str) -> Option<(String, Option<String>)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(Base64::decode_vec(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |text: &str| {
        let mut pairs = form_urlencoded::parse(text.as_bytes());
        pairs.next().map(|(text, _)| text.into_owned())
    };
    Some((decode(id)?, decode(secret)))
}

/// An error of the client's making.
pub(crate) fn refusal(error: &'static str) -> Response {
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (WWW_AUTHENTICATE, "Basic realm=\"example\""),
    ];
    let headers = if status == StatusCode::UNAUTHORIZED {
        &headers[..]
    } else {
        &headers[..1]
    };
    let mut response = (status, Json(json!({ "error": error }))).into_response();
    for (name, value) in headers {
        let value = http::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// An error of the server's.
pub(crate) fn failure(error: &impl std::fmt::Display) -> Response {
    eprintln!("error: {error}");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
