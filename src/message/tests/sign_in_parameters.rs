use std::time::Duration;

use crate::host::DeviceAuthorizationRequest;
use crate::message::{ErrorResponse, SignInParameters};

fn read(name: &str, value: &str) -> Result<SignInParameters, ErrorResponse> {
    let request = DeviceAuthorizationRequest::from_pairs([(name, value)])?;
    Ok(request.sign_in)
}

#[track_caller]
fn refusal(name: &str, value: &str) -> String {
    read(name, value).unwrap_err().to_string()
}

#[test]
fn each_of_them_is_read() {
    let request = DeviceAuthorizationRequest::from_pairs([
        ("acr_values", "urn:mace:incommon:iap:silver  mfa"),
        ("max_age", "0"),
        ("login_hint", "alice@example.com"),
        ("ui_locales", "fr-CA fr en"),
        ("nonce", "n-0S6_WzA2Mj"),
    ]);
    let request = request.unwrap();
    let sign_in = &request.sign_in;
    assert_eq!(sign_in.acr_values, ["urn:mace:incommon:iap:silver", "mfa"]);
    assert_eq!(sign_in.max_age, Some(Duration::ZERO));
    assert_eq!(sign_in.login_hint.as_deref(), Some("alice@example.com"));
    assert_eq!(sign_in.ui_locales, ["fr-CA", "fr", "en"]);
    assert_eq!(sign_in.nonce.as_deref(), Some("n-0S6_WzA2Mj"));
    assert_eq!(read("telemetry", "1").unwrap(), SignInParameters::default());
}

#[test]
fn each_of_them_is_refused_when_repeated() {
    for (name, value) in [
        ("acr_values", "mfa"),
        ("max_age", "1"),
        ("login_hint", "alice"),
        ("ui_locales", "de"),
        ("nonce", "n"),
    ] {
        let error = DeviceAuthorizationRequest::from_pairs([(name, value), (name, value)]);
        let expected = format!("invalid_request: {name} is repeated");
        assert_eq!(error.unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_max_age_is_a_whole_number_of_seconds() {
    let age = |text| read("max_age", text).unwrap().max_age;
    assert_eq!(age("0"), Some(Duration::ZERO));
    assert_eq!(age("007"), Some(Duration::from_secs(7)));
    assert_eq!(age(""), None);
    for text in [
        "-1",
        "+1",
        "1.5",
        "1s",
        " 1",
        "4294967296",
        "\u{663}",
        "null",
    ] {
        let expected = "invalid_request: max_age is no number of seconds";
        assert_eq!(refusal("max_age", text), expected, "{text:?}");
    }
}

#[test]
fn acr_values_are_bounded() {
    let many = |count: usize| vec!["a"; count].join(" ");
    assert_eq!(read("acr_values", &many(16)).unwrap().acr_values.len(), 16);
    let malformed = "invalid_request: acr_values is malformed";
    for text in [
        many(17),
        "x".repeat(257),
        "m\u{fc}".to_owned(),
        "a\u{0}b".to_owned(),
    ] {
        assert_eq!(refusal("acr_values", &text), malformed);
    }
}

#[test]
fn a_login_hint_is_bounded_and_has_no_controls() {
    assert!(read("login_hint", &"x".repeat(512)).is_ok());
    for text in ["x".repeat(513), "a\r\nb".to_owned(), "\u{85}".to_owned()] {
        let expected = "invalid_request: login_hint is malformed";
        assert_eq!(refusal("login_hint", &text), expected);
    }
    let hint = read("login_hint", "alice@example.com").unwrap();
    assert!(!format!("{hint:?}").contains("alice"));
}

#[test]
fn a_nonce_is_bounded_and_has_no_controls() {
    assert!(read("nonce", &"x".repeat(512)).is_ok());
    for text in ["x".repeat(513), "a\r\nb".to_owned()] {
        assert_eq!(
            refusal("nonce", &text),
            "invalid_request: nonce is malformed"
        );
    }
    assert_eq!(read("nonce", "").unwrap().nonce, None);
    assert!(!format!("{:?}", read("nonce", "n-0S6").unwrap()).contains("n-0S6"));
}

#[test]
fn a_language_that_nobody_has_is_no_error() {
    let tags = read("ui_locales", "de-AT x_y <b> tlh  en").unwrap();
    assert_eq!(tags.ui_locales, ["de-AT", "tlh", "en"]);
    let many = read("ui_locales", &vec!["de"; 1_000].join(" ")).unwrap();
    assert_eq!(many.ui_locales.len(), SignInParameters::MAX_VALUES);
}
