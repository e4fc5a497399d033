use bytes::Bytes;
use http::Response;

use crate::device_grants::{AuthorizeError, Fault};
use crate::message::{ErrorCode, ErrorResponse, Reply};

/// The answer to a refused request, whichever part refuses it.
#[derive(Debug)]
pub(super) struct Rejection(Reply);

impl Rejection {
    /// The request is malformed.
    pub(super) fn invalid_request(description: &str) -> Self {
        Self::with_status(400, description)
    }

    /// The method is not POST ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)).
    pub(super) fn method() -> Self {
        let Self(reply) = Self::with_status(405, "the method has to be POST");
        Self(reply.header("Allow", "POST"))
    }

    /// The method is neither GET nor HEAD, where a document is read.
    pub(super) fn reading_method() -> Self {
        let Self(reply) = Self::with_status(405, "the method has to be GET");
        Self(reply.header("Allow", "GET, HEAD"))
    }

    /// The body is larger than a form may be.
    pub(super) fn too_large() -> Self {
        Self::with_status(413, "the body is too large")
    }

    /// The body did not arrive in time.
    #[cfg(feature = "tower")]
    pub(super) fn too_slow() -> Self {
        Self::with_status(408, "the body did not arrive in time")
    }

    /// The host's [`ClientIpSource`](super::ClientIpSource) has no address for this request.
    #[cfg(feature = "tower")]
    pub(super) fn unknown_client_ip() -> Self {
        let error = ErrorResponse::new(ErrorCode::ServerError)
            .with_description("the server cannot tell where the request comes from");
        Self(error.reply())
    }

    /// The client is unknown, or not authenticated.
    ///
    /// [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2) requires 401, with a scheme, if the client used the
    /// `Authorization` header. Other clients get 400: at a 401, a device that runs in a browser would ask its user for a
    /// password.
    pub(super) fn invalid_client(used_header: bool) -> Self {
        let error = ErrorResponse::from(ErrorCode::InvalidClient);
        if used_header {
            error.into()
        } else {
            Self(Reply::json(400, &error))
        }
    }

    /// Returns whether the server fails, and not the request.
    pub(super) fn is_fault(&self) -> bool {
        self.0.status >= 500
    }

    fn with_status(status: u16, description: &str) -> Self {
        let error = ErrorResponse::new(ErrorCode::InvalidRequest).with_description(description);
        Self(Reply::json(status, &error))
    }
}

impl From<Reply> for Rejection {
    fn from(reply: Reply) -> Self {
        Self(reply)
    }
}

impl From<ErrorResponse> for Rejection {
    fn from(error: ErrorResponse) -> Self {
        Self(error.reply())
    }
}

impl From<AuthorizeError> for Rejection {
    fn from(error: AuthorizeError) -> Self {
        Self(error.reply())
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self(fault.reply())
    }
}

impl From<Rejection> for Response<Bytes> {
    fn from(Rejection(reply): Rejection) -> Self {
        reply.into()
    }
}
