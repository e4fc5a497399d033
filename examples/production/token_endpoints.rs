//! `/token` and `/userinfo`, for what is not of the device grant.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use device_grant::http::Endpoints;
use device_grant::message::ErrorCode;
use serde_json::json;

use crate::credentials::{client, failure, refusal, required};
use crate::server::Server;

/// `POST /token`, with the refresh token grant.
pub(crate) async fn token(
    State((server, endpoints)): State<(Server, Endpoints)>,
    parts: Parts,
    body: Bytes,
) -> Result<Response, Response> {
    let (client, form) = client(&endpoints, &parts, &body).await?;
    if required(&form, "grant_type").map_err(refusal)? != "refresh_token" {
        return Err(refusal(ErrorCode::UnsupportedGrantType));
    }
    let token = required(&form, "refresh_token").map_err(refusal)?;
    match server.tokens.refresh(&client, token).await {
        // RFC 6749 §5.1 forbids caches to keep tokens.
        Ok(Some(issued)) => Ok(([(CACHE_CONTROL, "no-store")], Json(issued)).into_response()),
        Ok(None) => Err(refusal(ErrorCode::InvalidGrant)),
        Err(error) => Err(failure(&error)),
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
