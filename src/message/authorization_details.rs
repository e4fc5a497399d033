use serde_json::Value;

use crate::message::{ErrorCode, ErrorResponse};

/// The longest `authorization_details` that is read, in bytes.
const MAX_LEN: usize = 16 * 1024;

/// The most JSON values in them. As text a value takes two bytes, in memory hundreds: the length bounds nothing.
const MAX_VALUES: usize = 256;

/// Reads `authorization_details` ([RFC 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2)).
pub(crate) fn parse(text: &str) -> Result<Vec<Value>, ErrorResponse> {
    if text.len() > MAX_LEN {
        return Err(invalid("authorization_details is too long"));
    }
    let details = serde_json::from_str::<Vec<Value>>(text);
    let details = details.map_err(|_| invalid("authorization_details is not a JSON array"))?;
    check_types(&details)?;
    Ok(details)
}

fn check_types(details: &[Value]) -> Result<(), ErrorResponse> {
    let has_type = |detail: &Value| {
        let kind = detail.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| !kind.is_empty())
    };
    if !details.iter().all(has_type) {
        return Err(invalid(
            "each of the authorization_details is an object with a type",
        ));
    }
    if values(details) > MAX_VALUES {
        return Err(invalid("authorization_details has too many values"));
    }
    Ok(())
}

fn values<'a>(held: impl IntoIterator<Item = &'a Value>) -> usize {
    let inside = |value: &'a Value| match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        Value::Array(items) => values(items),
        Value::Object(members) => values(members.values()),
    };
    held.into_iter().map(|value| 1 + inside(value)).sum()
}

fn invalid(description: &str) -> ErrorResponse {
    ErrorResponse::new(ErrorCode::InvalidAuthorizationDetails).with_description(description)
}
