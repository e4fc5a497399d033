//! What is refused before the grant has to do with it.

use crate::message::{ErrorCode, ErrorResponse, Reply};

/// Refuses whatever is not a POST ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)).
pub(super) fn method_not_allowed() -> Reply {
    with_status(405, "the method has to be POST").header("Allow", "POST")
}

/// Refuses a body that is larger than a form may be.
pub(super) fn too_large() -> Reply {
    with_status(413, "the body is too large")
}

/// Refuses a body that did not arrive as a whole.
#[cfg(feature = "tower")]
pub(super) fn unreadable() -> Reply {
    with_status(400, "the body cannot be read")
}

/// Refuses a client.
///
/// [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2) wants 401 for a client that used the
/// `Authorization` header, and a 401 names a scheme to use. Others get 400: a device in a browser would only make
/// it ask its user for a password.
pub(super) fn invalid_client(used_header: bool) -> Reply {
    let error = ErrorResponse::new(ErrorCode::InvalidClient);
    if used_header {
        error.reply()
    } else {
        Reply::json(400, &error)
    }
}

fn with_status(status: u16, description: &str) -> Reply {
    let error = ErrorResponse::new(ErrorCode::InvalidRequest).description(description);
    Reply::json(status, &error)
}
