use std::time::Duration;

use serde_json::{Value, json};

use super::{header, json};
use crate::host::{DeviceAuthorizationRequest, DeviceTokenRequest};
use crate::message::{
    DeviceAuthorizationResponse, EndpointUri, ErrorCode, ErrorResponse, PkceChallenge,
    PkceVerifier, Scope, TokenResponse, add_metadata,
};

/// Undoes the form encoding of the examples, which is the HTTP layer's task.
fn decode(body: &str) -> Vec<(String, String)> {
    let unescape = |text: &str| text.replace("%3A", ":").replace('+', " ");
    let pairs = body.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (unescape(name), unescape(value)))
        .collect()
}

#[test]
fn rfc8628_section_3_1_request() {
    let body = "client_id=1406020730&scope=example_scope";
    let request = DeviceAuthorizationRequest::from_pairs(decode(body)).unwrap();
    assert_eq!(request.client_id(), Some("1406020730"));
    assert_eq!(
        request.scope.as_ref().map(Scope::as_str),
        Some("example_scope")
    );
}

#[test]
fn rfc8628_section_3_2_response() {
    let example: Value = serde_json::from_str(
        r#"{
        "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://example.com/device",
        "verification_uri_complete":
            "https://example.com/device?user_code=WDJB-MJHT",
        "expires_in": 1800,
        "interval": 5
      }"#,
    )
    .unwrap();
    let uri = EndpointUri::parse("https://example.com/device").unwrap();
    let response = DeviceAuthorizationResponse::new(
        "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
        "WDJB-MJHT",
        uri.as_str(),
        Duration::from_secs(1800),
        Duration::from_secs(5),
    )
    .complete(uri.with_query_parameter("user_code", "WDJB-MJHT"));
    let reply = response.reply();
    assert_eq!(json(&reply), example);
    assert_eq!(reply.status, 200);
    assert_eq!(header(&reply, "Content-Type"), Some("application/json"));
    assert_eq!(header(&reply, "Cache-Control"), Some("no-store"));
}

#[test]
fn rfc8628_section_3_4_request() {
    let body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                &device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS\
                &client_id=1406020730";
    let request = DeviceTokenRequest::from_pairs(decode(body)).unwrap();
    assert_eq!(
        request.device_code(),
        "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"
    );
    assert_eq!(request.client_id(), Some("1406020730"));
    assert!(request.code_verifier.is_none());
}

#[test]
fn rfc8628_section_3_5_errors() {
    let errors = [
        "authorization_pending",
        "slow_down",
        "access_denied",
        "expired_token",
    ];
    for name in errors {
        let code: ErrorCode = name.parse().unwrap();
        let reply = ErrorResponse::new(code).reply();
        assert_eq!(
            (reply.status, json(&reply)),
            (400, json!({ "error": name }))
        );
    }
}

#[test]
fn rfc8628_section_4_metadata() {
    let endpoint = "https://example.com/device_authorization";
    let mut document = json!({ "issuer": "https://example.com" });
    add_metadata(document.as_object_mut().unwrap(), endpoint).unwrap();
    let expected = json!({
        "issuer": "https://example.com",
        "device_authorization_endpoint": "https://example.com/device_authorization",
        "grant_types_supported":
            ["authorization_code", "implicit", "urn:ietf:params:oauth:grant-type:device_code"],
    });
    let extension = document.as_object_mut().unwrap();
    let extension = extension.remove("device_confirmation_code_supported");
    assert_eq!(extension, Some(json!(true)));
    assert_eq!(document, expected);
}

#[test]
fn rfc6749_section_5_1_response() {
    let mut tokens = TokenResponse::new("2YotnFZFEjr1zCsicMWpAA", "example")
        .with_refresh_token("tGzv3JOkF0XG5Qx2TlKWIA")
        .with("example_parameter", "example_value");
    tokens.expires_in = Some(Duration::from_secs(3600));
    let expected = json!({
        "access_token": "2YotnFZFEjr1zCsicMWpAA",
        "token_type": "example",
        "expires_in": 3600,
        "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA",
        "example_parameter": "example_value",
        // Beyond the example: some clients fail without it.
        "scope": "",
    });
    let reply = tokens.reply();
    assert_eq!(json(&reply), expected);
    assert_eq!(header(&reply, "Cache-Control"), Some("no-store"));
    assert_eq!(header(&reply, "Pragma"), Some("no-cache"));
}

#[test]
fn rfc6749_section_5_2_error() {
    let reply = ErrorResponse::new(ErrorCode::InvalidRequest).reply();
    assert_eq!(
        (reply.status, &*reply.body),
        (400, &br#"{"error":"invalid_request"}"#[..])
    );
}

#[test]
fn rfc7636_appendix_b_verifier_and_challenge() {
    let verifier = PkceVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
    let challenge = verifier.challenge();
    assert_eq!(
        challenge.to_string(),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(challenge.as_bytes()[..4], [19, 211, 30, 150]);
    assert_eq!(PkceChallenge::parse(&challenge.to_string()), Ok(challenge));
}

#[test]
fn rfc9396_section_2_details() {
    let details = r#"[{
      "type": "payment_initiation",
      "actions": ["initiate", "status", "cancel"],
      "locations": ["https://example.com/payments"],
      "instructedAmount": { "currency": "EUR", "amount": "123.50" }
   }]"#;
    let request = DeviceAuthorizationRequest::from_pairs([("authorization_details", details)]);
    let request = request.unwrap();
    assert_eq!(
        request.authorization_details.unwrap()[0]["instructedAmount"]["amount"],
        "123.50"
    );
}
