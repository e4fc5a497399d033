use iri_string::types::UriAbsoluteStr;

use crate::message::{ErrorCode, ErrorResponse};

/// The most resource indicators that one request may name.
pub(crate) const MAX_COUNT: usize = 16;
const MAX_LEN: usize = 2048;

/// Adds a resource indicator, unless it is among them
/// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
pub(crate) fn add(resources: &mut Vec<String>, uri: String) -> Result<(), ErrorResponse> {
    if uri.len() > MAX_LEN || UriAbsoluteStr::new(&uri).is_err() {
        return Err(invalid_target(
            "a resource is an absolute URI without a fragment",
        ));
    }
    if resources.contains(&uri) {
        return Ok(());
    }
    if resources.len() == MAX_COUNT {
        return Err(invalid_target("the request names too many resources"));
    }
    resources.push(uri);
    Ok(())
}

fn invalid_target(description: &str) -> ErrorResponse {
    ErrorResponse::new(ErrorCode::InvalidTarget).with_description(description)
}
