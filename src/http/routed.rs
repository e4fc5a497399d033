use std::fmt;

use bytes::Bytes;
use http::{Request, Response};

/// The outcome of routing: an answer, or the request, for your other endpoints.
///
/// Both may contain codes, tokens and secrets, so `Debug` shows neither headers nor bodies.
///
/// ```
/// use bytes::Bytes;
/// use device_grant::http::Routed;
/// use http::{Request, Response};
///
/// fn own_token_endpoint(request: Request<Bytes>) -> Response<Bytes> {
///     Response::new(request.into_body())
/// }
///
/// fn answer(routed: Routed) -> Response<Bytes> {
///     match routed {
///         Routed::Answered(response) => response,
///         Routed::NotOurs(request) => own_token_endpoint(request),
///     }
/// }
/// # let response = answer(Routed::NotOurs(Request::new(Bytes::from_static(b"grant_type=password"))));
/// # assert_eq!(response.body(), "grant_type=password");
/// ```
#[must_use = "it holds the response to send, or the request to pass on"]
#[expect(
    clippy::exhaustive_enums,
    reason = "a request is answered or it is not"
)]
pub enum Routed<B = Bytes> {
    /// The response to send.
    Answered(Response<Bytes>),
    /// The unchanged request, with its body, because it is not for this crate.
    NotOurs(Request<B>),
}

impl From<Response<Bytes>> for Routed {
    fn from(response: Response<Bytes>) -> Self {
        Self::Answered(response)
    }
}

impl<B> fmt::Debug for Routed<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(response) => write!(f, "Answered({})", response.status()),
            Self::NotOurs(request) => {
                write!(
                    f,
                    "NotOurs({} {:?})",
                    request.method(),
                    request.uri().path()
                )
            }
        }
    }
}
