use proptest::prelude::*;
use serde_json::{Value, json};

use super::{authorization, seconds};
use crate::invalid_value::InvalidValue;
use crate::message::DeviceAuthorizationResponse;
use crate::poller::members::MAX_BODY;

fn example() -> Value {
    json!({
        "device_code": "GmRhmhcx",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://example.com/device",
        "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
        "expires_in": 1800,
        "interval": 5
    })
}

fn read(body: &Value) -> Result<DeviceAuthorizationResponse, InvalidValue> {
    DeviceAuthorizationResponse::from_json(body.to_string().as_bytes())
}

fn with(name: &str, value: Value) -> Result<DeviceAuthorizationResponse, InvalidValue> {
    let mut body = example();
    body[name] = value;
    read(&body)
}

fn without(name: &str) -> Result<DeviceAuthorizationResponse, InvalidValue> {
    let mut body = example();
    body.as_object_mut().unwrap().remove(name);
    read(&body)
}

#[test]
fn rfc8628_section_3_2_response() {
    let body = br#"{
        "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://example.com/device",
        "verification_uri_complete":
            "https://example.com/device?user_code=WDJB-MJHT",
        "expires_in": 1800,
        "interval": 5
      }"#;
    let read = DeviceAuthorizationResponse::from_json(body).unwrap();
    assert_eq!(
        read.device_code,
        "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"
    );
    assert_eq!(read.user_code, "WDJB-MJHT");
    assert_eq!(read.verification_uri, "https://example.com/device");
    let complete = "https://example.com/device?user_code=WDJB-MJHT";
    assert_eq!(read.verification_uri_complete.as_deref(), Some(complete));
    assert_eq!(
        (read.expires_in, read.interval),
        (seconds(1800), seconds(5))
    );
}

#[test]
fn any_interval_becomes_a_sane_one() {
    let cases = [
        (json!(1), 1_000),
        (json!(30), 30_000),
        (json!("7"), 7_000),
        (json!(" 7 "), 7_000),
        (json!(2.5), 2_500),
        (json!("2.5"), 2_500),
        (json!(0.001), 1_000),
        (json!(600), 300_000),
        (json!(1e300), 300_000),
        (json!(u64::MAX), 300_000),
        (json!("inf"), 5_000),
        (json!(0), 5_000),
        (json!(-0.0), 5_000),
        (json!(-1), 5_000),
        (json!(i64::MIN), 5_000),
        (json!("NaN"), 5_000),
        (json!("-inf"), 5_000),
        (json!("soon"), 5_000),
        (json!(""), 5_000),
        (json!(null), 5_000),
        (json!(true), 5_000),
        (json!([5]), 5_000),
        (json!({ "seconds": 9 }), 5_000),
    ];
    for (interval, millis) in cases {
        let read = with("interval", interval.clone()).unwrap();
        assert_eq!(read.interval.as_millis(), millis, "{interval}");
    }
    assert_eq!(without("interval").unwrap().interval, seconds(5));
}

#[test]
fn any_lifetime_becomes_a_sane_one() {
    let cases = [
        (json!(60), 60),
        (json!("60"), 60),
        (json!(0), 900),
        (json!(-5), 900),
        (json!("never"), 900),
        (json!(null), 900),
        (json!(1e300), 86_400),
        (json!(u64::MAX), 86_400),
    ];
    for (expires_in, expected) in cases {
        let read = with("expires_in", expires_in.clone()).unwrap();
        assert_eq!(read.expires_in, seconds(expected), "{expires_in}");
    }
    assert_eq!(without("expires_in").unwrap().expires_in, seconds(900));
}

#[test]
fn what_is_required_and_missing_is_named() {
    for name in ["device_code", "user_code", "verification_uri"] {
        let error = format!("the answer has no usable {name}");
        assert_eq!(without(name).unwrap_err().to_string(), error);
        for value in [json!(""), json!(1), json!(null), json!(["a"])] {
            assert_eq!(with(name, value).unwrap_err().to_string(), error);
        }
    }
}

#[test]
fn what_is_optional_and_odd_is_left_out() {
    for value in [
        json!(""),
        json!(7),
        json!("javascript:alert(1)"),
        json!("https://a b"),
    ] {
        let read = with("verification_uri_complete", value).unwrap();
        assert_eq!(read.verification_uri_complete, None);
    }
    assert!(with("message", json!({ "deep": [1, 2, 3] })).is_ok());
}

#[test]
fn verification_url_stands_in_for_verification_uri() {
    let mut body = example();
    body["verification_url"] = json!("https://other.example/");
    assert_eq!(
        read(&body).unwrap().verification_uri,
        "https://example.com/device"
    );
    body.as_object_mut().unwrap().remove("verification_uri");
    assert_eq!(
        read(&body).unwrap().verification_uri,
        "https://other.example/"
    );
}

#[test]
fn only_a_web_page_is_opened_and_only_clean_text_is_shown() {
    let uris = [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "calc.exe",
        "ssh://example.com",
        "https://",
        "https://example.com/\u{1b}[2J",
        "https://example.com/ -x",
        " https://example.com/",
    ];
    for uri in uris {
        let error = with("verification_uri", json!(uri)).unwrap_err();
        let expected = "the answer has no usable verification_uri";
        assert_eq!(error.to_string(), expected, "{uri}");
    }
    assert!(with("verification_uri", json!("HTTP://localhost:8628/activate")).is_ok());
    assert!(with("user_code", json!("AB\u{1b}[2J")).is_err());
}

#[test]
fn a_refusal_is_told_even_under_status_200() {
    let body = br#"{"error":"device_flow_disabled","error_description":"Turn it on\u001b[2J"}"#;
    let error = DeviceAuthorizationResponse::from_json(body).unwrap_err();
    let expected = "the server refused: device_flow_disabled (Turn it on?[2J)";
    assert_eq!(error.to_string(), expected);
    let body = br#"{"error":"unauthorized_client"}"#;
    let error = DeviceAuthorizationResponse::from_json(body).unwrap_err();
    assert_eq!(error.to_string(), "the server refused: unauthorized_client");
}

#[test]
fn a_body_that_is_no_object_or_too_long_is_an_error() {
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "null",
        "[]",
        "\"a\"",
        "<html>",
        "{",
        "{\"a\":NaN}",
        "{}x",
        &deep,
    ] {
        let error = DeviceAuthorizationResponse::from_json(body.as_bytes()).unwrap_err();
        let expected = "the answer is not a JSON object";
        assert_eq!(error.to_string(), expected, "{body:.20}");
    }
    assert!(DeviceAuthorizationResponse::from_json(b"{\"a\":\"\xff\"}").is_err());
    let mut body = example().to_string();
    body.push_str(&" ".repeat(MAX_BODY - body.len()));
    assert!(DeviceAuthorizationResponse::from_json(body.as_bytes()).is_ok());
    body.push(' ');
    let error = DeviceAuthorizationResponse::from_json(body.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the answer is too long");
}

#[test]
fn debug_shows_no_code() {
    let shown = format!("{:?}", read(&example()).unwrap());
    assert!(
        !shown.contains("GmRh") && !shown.contains("WDJB"),
        "{shown}"
    );
    let shown = format!(
        "{:?}",
        crate::poller::Poller::new(authorization(600, 5), super::start())
    );
    assert!(
        !shown.contains("GmRh") && !shown.contains("WDJB"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = DeviceAuthorizationResponse::from_json(&body);
    }

    #[test]
    fn any_number_is_within_bounds(interval in any::<f64>(), expires_in in any::<f64>()) {
        let mut body = example();
        body["interval"] = json!(interval);
        body["expires_in"] = json!(expires_in.to_string());
        let read = read(&body).unwrap();
        prop_assert!((seconds(1)..=seconds(300)).contains(&read.interval));
        prop_assert!(read.expires_in <= seconds(86_400));
    }
}
