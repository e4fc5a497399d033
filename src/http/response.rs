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
            // A reply holds no other names and values than these conversions take.
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::try_from(value),
            ) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Answers with nothing but status 200.
pub(super) fn empty() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
