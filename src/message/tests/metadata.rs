use serde_json::{Value, json};

use crate::host::DeviceTokenRequest;
use crate::message::DeviceGrantMetadata;

fn merged(metadata: &DeviceGrantMetadata, document: Value) -> Value {
    let mut document = document;
    metadata.merge_into(document.as_object_mut().unwrap());
    document
}

fn metadata() -> DeviceGrantMetadata {
    DeviceGrantMetadata::new("https://example.com/device_authorization").unwrap()
}

#[test]
fn merging_twice_is_merging_once() {
    for metadata in [metadata(), metadata().with_pkce()] {
        let once = merged(&metadata, json!({}));
        assert_eq!(merged(&metadata, once.clone()), once);
    }
}

#[test]
fn grant_types_that_are_listed_stay_and_none_is_added_to_them() {
    let urn = DeviceTokenRequest::GRANT_TYPE;
    let cases = [
        (json!({}), json!(["authorization_code", "implicit", urn])),
        (json!({ "grant_types_supported": [] }), json!([urn])),
        (
            json!({ "grant_types_supported": ["client_credentials"] }),
            json!(["client_credentials", urn]),
        ),
        (
            json!({ "grant_types_supported": [urn, "x"] }),
            json!([urn, "x"]),
        ),
        (json!({ "grant_types_supported": null }), json!([urn])),
    ];
    for (document, expected) in cases {
        assert_eq!(
            merged(&metadata(), document)["grant_types_supported"],
            expected
        );
    }
}

#[test]
fn pkce_is_announced_only_on_request() {
    let member = "code_challenge_methods_supported";
    assert_eq!(merged(&metadata(), json!({})).get(member), None);
    let plain = json!({ member: ["plain"] });
    assert_eq!(
        merged(&metadata().with_pkce(), plain)[member],
        json!(["plain", "S256"])
    );
    assert_eq!(
        merged(&metadata().with_pkce(), json!({}))[member],
        json!(["S256"])
    );
}
