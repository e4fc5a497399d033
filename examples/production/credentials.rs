//! Clients and errors at the server's own endpoints are as at those of the device grant.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use device_grant::http::{Endpoint, Endpoints};
use device_grant::message::{ErrorCode, ErrorResponse, Parameters};

/// The identifier of a request's client and the form that it sent, or the answer to send.
pub(crate) async fn client(
    endpoints: &Endpoints,
    parts: &Parts,
    body: &Bytes,
) -> Result<(String, Parameters), Response> {
    let authenticated = endpoints.authenticate(Endpoint::Token, parts, body).await;
    let (client, form) = authenticated.map_err(|refusal| refusal.map(Body::from))?;
    Ok((client.id.to_string(), form))
}

/// The value of a parameter that has to be there, once.
pub(crate) fn required<'a>(form: &'a Parameters, name: &str) -> Result<&'a str, ErrorResponse> {
    form.once(name)?
        .ok_or_else(|| ErrorCode::InvalidRequest.into())
}

/// An error of the client's making.
pub(crate) fn refusal(error: impl Into<ErrorResponse>) -> Response {
    Response::<Bytes>::from(error.into().reply()).map(Body::from)
}

/// An error of the server's.
pub(crate) fn failure(error: &impl std::fmt::Display) -> Response {
    eprintln!("error: {error}");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
