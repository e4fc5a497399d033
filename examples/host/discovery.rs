//! What the server says of itself.

use device_grant::http::Endpoints;
use device_grant::message::{DeviceTokenRequest, InvalidUri, ServerMetadata};

use super::clients::SCOPES;

/// The document at both well-known paths ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), with what OpenID
/// Connect requires besides.
pub(crate) fn document(issuer: &str, endpoints: &Endpoints) -> Result<ServerMetadata, InvalidUri> {
    let scopes: Vec<&str> = SCOPES.split(' ').collect();
    let grants = vec!["refresh_token", DeviceTokenRequest::GRANT_TYPE];
    Ok(endpoints
        .server_metadata()?
        .with("authorization_endpoint", format!("{issuer}/login"))
        .with("userinfo_endpoint", format!("{issuer}/userinfo"))
        .with("jwks_uri", format!("{issuer}/jwks.json"))
        .with("scopes_supported", scopes)
        .with("grant_types_supported", grants)
        .with("subject_types_supported", vec!["public"])
        .with("id_token_signing_alg_values_supported", vec!["ES256"]))
}
