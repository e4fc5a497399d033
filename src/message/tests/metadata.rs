use serde_json::{Value, json};

use crate::host::DeviceTokenRequest;
use crate::message::add_metadata;

fn added_to(document: Value) -> Value {
    let mut document = document;
    let endpoint = "https://example.com/device_authorization";
    add_metadata(document.as_object_mut().unwrap(), endpoint).unwrap();
    document
}

#[test]
fn adding_twice_is_adding_once() {
    let once = added_to(json!({}));
    assert_eq!(added_to(once.clone()), once);
}

#[test]
fn pkce_methods_are_left_alone() {
    let member = "code_challenge_methods_supported";
    assert_eq!(added_to(json!({})).get(member), None);
    let plain = json!({ member: ["plain"] });
    assert_eq!(added_to(plain.clone())[member], plain[member]);
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
        assert_eq!(added_to(document)["grant_types_supported"], expected);
    }
}
