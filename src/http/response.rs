use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use crate::message::Reply;

impl From<Reply> for Response<Bytes> {
    /// Turns a reply into a response of the `http` crate (feature `http`).
    fn from(reply: Reply) -> Self {
        let (status, headers, body) = reply.into_parts();
        let mut response = Self::new(Bytes::from(body));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in headers {
            // These conversions take every name and value that a reply has.
            if let (Some(name), Some(value)) = (name_of(name), value_of(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Returns the header of this name. Those that every reply has are constants, because polls are the load of a server.
fn name_of(name: &'static str) -> Option<HeaderName> {
    match name {
        "Content-Type" => Some(header::CONTENT_TYPE),
        "Cache-Control" => Some(header::CACHE_CONTROL),
        "Pragma" => Some(header::PRAGMA),
        other => HeaderName::from_bytes(other.as_bytes()).ok(),
    }
}

fn value_of(value: String) -> Option<HeaderValue> {
    match value.as_str() {
        "application/json" => Some(HeaderValue::from_static("application/json")),
        "no-store" => Some(HeaderValue::from_static("no-store")),
        "no-cache" => Some(HeaderValue::from_static("no-cache")),
        _ => HeaderValue::try_from(value).ok(),
    }
}

/// Makes an empty response with status 200.
pub(super) fn empty() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
