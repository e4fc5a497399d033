use serde_json::json;

use crate::message::{
    DeviceGrantMetadata, DeviceTokenRequest, EndpointUri, Issuer, ServerMetadata,
};

fn metadata(issuer: &str) -> ServerMetadata {
    let endpoint = |path: &str| EndpointUri::parse(&format!("https://as.example{path}")).unwrap();
    let grant = DeviceGrantMetadata::new(endpoint("/device_authorization"));
    ServerMetadata::new(&Issuer::parse(issuer).unwrap(), &endpoint("/token"), &grant)
}

#[test]
fn it_has_what_rfc_8414_requires_and_this_grant_alone() {
    let expected = json!({
        "issuer": "https://as.example",
        "token_endpoint": "https://as.example/token",
        "device_authorization_endpoint": "https://as.example/device_authorization",
        "grant_types_supported": [DeviceTokenRequest::GRANT_TYPE],
        "response_types_supported": ["none"],
    });
    assert_eq!(metadata("https://as.example").to_value(), expected);
}

#[test]
fn rfc_8414_section_3_1_path() {
    for (issuer, path) in [
        ("https://as.example", ""),
        ("https://as.example/", ""),
        ("https://as.example/issuer1", "/issuer1"),
        ("https://as.example/a/b/", "/a/b"),
        ("https://as.example:8443/a", "/a"),
        ("http://[::1]:1/a", "/a"),
    ] {
        let expected = format!("/.well-known/oauth-authorization-server{path}");
        assert_eq!(metadata(issuer).well_known_path(), expected, "{issuer}");
    }
}

#[test]
fn the_issuer_stays_byte_for_byte_what_clients_ask_for() {
    for issuer in ["https://as.example/", "https://as.example/a/"] {
        let document = metadata(issuer)
            .with("issuer", "https://other.example")
            .to_value();
        assert_eq!(document["issuer"], issuer);
    }
}

#[test]
fn a_member_without_elements_is_left_out() {
    let document = metadata("https://as.example")
        .with("scopes_supported", vec!["openid"])
        .with("scopes_supported", Vec::<String>::new())
        .with("jwks_uri", "https://as.example/jwks.json")
        .to_value();
    assert_eq!(document.get("scopes_supported"), None);
    assert_eq!(document["jwks_uri"], "https://as.example/jwks.json");
}
