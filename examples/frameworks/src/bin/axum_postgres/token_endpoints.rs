//! `/token`, `/revoke` and `/userinfo`, as they were before.

use axum::Json;
use axum::extract::{Form, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::credentials::{self, failure, refusal};
use crate::server::Server;

/// `POST /token`, with the refresh token grant.
pub(crate) async fn token(
    State(server): State<Server>,
    headers: HeaderMap,
    Form(form): Form<credentials::Form>,
) -> Response {
    let client = match credentials::client(&server, &headers, &form).await {
        Ok(client) => client,
        Err(refusal) => return refusal,
    };
    if form.get("grant_type").map(String::as_str) != Some("refresh_token") {
        return refusal("unsupported_grant_type");
    }
    let Some(token) = form.get("refresh_token") else {
        return refusal("invalid_request");
    };
    match server.tokens.refresh(&client.id, token).await {
        Ok(Some(issued)) => ([(CACHE_CONTROL, "no-store")], Json(issued)).into_response(),
        Ok(None) => refusal("invalid_grant"),
        Err(error) => failure(&error),
    }
}

/// `POST /revoke` ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
pub(crate) async fn revoke(
    State(server): State<Server>,
    headers: HeaderMap,
    Form(form): Form<credentials::Form>,
) -> Response {
    let client = match credentials::client(&server, &headers, &form).await {
        Ok(client) => client,
        Err(refusal) => return refusal,
    };
    let Some(token) = form.get("token") else {
        return refusal("invalid_request");
    };
    match server.tokens.revoke(&client.id, token).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => failure(&error),
    }
}

/// `GET /userinfo`
pub(crate) async fn user_info(State(server): State<Server>, headers: HeaderMap) -> Response {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    match server.tokens.access(token.unwrap_or_default()).await {
        Ok(Some(access)) if access.scope.split(' ').any(|token| token == "openid") => {
            Json(json!({ "sub": access.sub })).into_response()
        }
        Ok(Some(_)) => StatusCode::FORBIDDEN.into_response(),
        Ok(None) => {
            let challenge = [(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
            (StatusCode::UNAUTHORIZED, challenge).into_response()
        }
        Err(error) => failure(&error),
    }
}
