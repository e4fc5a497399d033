//! What the server says of itself.

use device_grant::http::Endpoints;
use device_grant::message::InvalidUri;
use serde_json::{Map, Value, json};

use super::clients::SCOPES;

/// The document at both well-known paths ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), with what OpenID
/// Connect requires besides.
pub(crate) fn document(issuer: &str, endpoints: &Endpoints) -> Result<Value, InvalidUri> {
    let scopes: Vec<&str> = SCOPES.split(' ').collect();
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| _ = document.insert(name.to_owned(), value);
    put("issuer", json!(issuer));
    put("authorization_endpoint", json!(format!("{issuer}/login")));
    put("token_endpoint", json!(format!("{issuer}/token")));
    put("revocation_endpoint", json!(format!("{issuer}/revoke")));
    put("userinfo_endpoint", json!(format!("{issuer}/userinfo")));
    put("jwks_uri", json!(format!("{issuer}/jwks.json")));
    put("scopes_supported", json!(scopes));
    put("response_types_supported", json!(["none"]));
    put("subject_types_supported", json!(["public"]));
    put("id_token_signing_alg_values_supported", json!(["ES256"]));
    put("grant_types_supported", json!(["refresh_token"]));
    let methods = json!(["none", "client_secret_basic", "client_secret_post"]);
    put("token_endpoint_auth_methods_supported", methods);
    endpoints.metadata()?.merge_into(&mut document);
    Ok(document.into())
}
