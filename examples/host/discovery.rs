//! The metadata of the server.

use device_grant::DeviceTokenRequest;
use device_grant::InvalidValue;
use device_grant::http::Endpoints;
use serde_json::{Map, Value, json};

use super::clients::SCOPES;

/// The document at both well-known paths ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), with what OpenID
/// Connect requires besides.
pub(crate) fn document(
    issuer: &str,
    endpoints: &Endpoints,
) -> Result<Map<String, Value>, InvalidValue> {
    let scopes: Vec<&str> = SCOPES.split(' ').collect();
    let mut document = endpoints.server_metadata()?;
    let own = [
        ("authorization_endpoint", json!(format!("{issuer}/login"))),
        ("userinfo_endpoint", json!(format!("{issuer}/userinfo"))),
        ("jwks_uri", json!(format!("{issuer}/jwks.json"))),
        ("scopes_supported", json!(scopes)),
        (
            "grant_types_supported",
            json!(["refresh_token", DeviceTokenRequest::GRANT_TYPE]),
        ),
        ("subject_types_supported", json!(["public"])),
        (
            "id_token_signing_alg_values_supported",
            json!(["RS256", "ES256"]),
        ),
    ];
    document.extend(own.map(|(name, value)| (name.to_owned(), value)));
    Ok(document)
}
