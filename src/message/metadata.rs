use serde_json::{Map, Value, json};

use crate::invalid_value::InvalidValue;
use crate::message::{EndpointUri, GRANT_TYPE};

/// Adds this grant to your metadata document
/// ([RFC 8628 §4](https://www.rfc-editor.org/rfc/rfc8628#section-4)). A second call changes nothing.
///
/// Write the other members of [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2) yourself. If no client may use
/// the grant, do not call it.
///
/// - `grant_types_supported`: if it is missing, it means `authorization_code` and `implicit`; so these two are added together
///   with this grant.
/// - `code_challenge_methods_supported` does not change, because it describes the authorization endpoint: `S256` would promise
///   PKCE for the authorization code grant.
/// - `device_confirmation_code_supported`, an extension of this crate, means that the token endpoint accepts
///   `confirmation_code`.
///
/// # Errors
///
/// [`InvalidValue`] unless the endpoint is an `https` URI, or an `http` URI on a loopback host, without a fragment.
///
/// ```
/// use device_grant::message::add_metadata;
/// use serde_json::{Map, json};
///
/// let mut document = Map::new();
/// document.insert("grant_types_supported".to_owned(), json!(["refresh_token"]));
/// add_metadata(&mut document, "https://as.example.com/device_authorization")?;
///
/// assert_eq!(
///     document["device_authorization_endpoint"],
///     "https://as.example.com/device_authorization",
/// );
/// assert_eq!(
///     document["grant_types_supported"],
///     json!(["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]),
/// );
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
pub fn add_metadata(
    document: &mut Map<String, Value>,
    device_authorization_endpoint: &str,
) -> Result<(), InvalidValue> {
    let endpoint = EndpointUri::parse(device_authorization_endpoint)?;
    let endpoint = endpoint.as_str().into();
    document.insert("device_authorization_endpoint".to_owned(), endpoint);
    let grant_types = document.entry("grant_types_supported");
    // RFC 8414 §2: a document without the list stands for these two, which must not get lost.
    let grant_types = grant_types.or_insert_with(|| json!(["authorization_code", "implicit"]));
    append(grant_types, GRANT_TYPE);
    let confirmation = "device_confirmation_code_supported";
    document.insert(confirmation.to_owned(), true.into());
    Ok(())
}

/// A value that should be a list and is none is the host's mistake; the client is better served with a
/// list.
fn append(list: &mut Value, item: &str) {
    if let Value::Array(items) = list {
        if !items.iter().any(|held| held == item) {
            items.push(item.into());
        }
    } else {
        *list = json!([item]);
    }
}
