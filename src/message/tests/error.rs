use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::{header, json};
use crate::message::{ErrorCode, ErrorResponse};

const CODES: [(&str, u16); 17] = [
    ("invalid_request", 400),
    ("invalid_client", 401),
    ("invalid_grant", 400),
    ("unauthorized_client", 400),
    ("unsupported_grant_type", 400),
    ("invalid_scope", 400),
    ("invalid_target", 400),
    ("invalid_authorization_details", 400),
    ("authorization_pending", 400),
    ("slow_down", 400),
    ("access_denied", 400),
    ("expired_token", 400),
    ("server_error", 500),
    ("temporarily_unavailable", 503),
    ("use_dpop_nonce", 400),
    ("invalid_dpop_proof", 400),
    ("unsupported_token_type", 400),
];

#[test]
fn every_code_has_its_name_and_status() {
    for (name, status) in CODES {
        let code: ErrorCode = name.parse().unwrap();
        assert_eq!((code.as_str(), code.status()), (name, status));
        assert_eq!(code.to_string(), name);
        let reply = ErrorResponse::new(code).reply();
        assert_eq!(
            (reply.status, json(&reply)),
            (status, json!({ "error": name }))
        );
    }
    for text in ["", "Slow_Down", "slow_down ", "authorization_declined"] {
        assert!(text.parse::<ErrorCode>().is_err(), "{text:?}");
    }
}

#[test]
fn every_code_says_in_words_what_it_means() {
    for (name, _) in CODES {
        let code: ErrorCode = name.parse().unwrap();
        let response = ErrorResponse::from(code);
        assert_eq!(
            response.error_description.as_deref(),
            Some(code.description())
        );
        assert!(code.description().ends_with('.'), "{name}");
    }
}

#[test]
fn every_member_that_is_set_is_sent() {
    let mut response = ErrorResponse::new(ErrorCode::SlowDown)
        .with_description("wait")
        .with_interval(10)
        .with_retry_after(Duration::from_secs(7));
    response.error_uri = Some("https://example.com/docs#slow_down".to_owned());
    let expected = json!({
        "error": "slow_down",
        "error_description": "wait",
        "error_uri": "https://example.com/docs#slow_down",
        "interval": 10,
    });
    let reply = response.reply();
    assert_eq!(json(&reply), expected);
    assert_eq!(header(&reply, "Retry-After"), Some("7"));
    assert_eq!(response.to_string(), "slow_down: wait");
}

fn sent_description(response: &ErrorResponse) -> String {
    let sent = json(&response.reply());
    sent["error_description"].as_str().unwrap().to_owned()
}

#[test]
fn descriptions_hold_only_what_the_grammar_allows() {
    let describe = |text: &str| {
        let response = ErrorResponse::new(ErrorCode::InvalidRequest).with_description(text);
        sent_description(&response)
    };
    assert_eq!(
        describe("a \"quoted\" \\ line\r\nbreak é\0"),
        "a 'quoted' ? line??break ??"
    );
    assert_eq!(
        describe(&"x".repeat(300)).len(),
        ErrorResponse::MAX_DESCRIPTION
    );
    assert_eq!(
        describe(&"é".repeat(300)).len(),
        ErrorResponse::MAX_DESCRIPTION
    );
}

#[test]
fn an_error_uri_that_is_none_is_left_out() {
    for text in [
        "a b",
        "https://example.com/\"",
        "https://example.com/\\",
        "é",
        "http://[/",
    ] {
        let mut response = ErrorResponse::new(ErrorCode::InvalidRequest);
        response.error_uri = Some(text.to_owned());
        assert_eq!(json(&response.reply()).get("error_uri"), None, "{text}");
    }
}

#[test]
fn retry_after_is_rounded_up_and_does_not_overflow() {
    for (delay, seconds) in [
        (Duration::from_nanos(1), 1),
        (Duration::from_secs(5), 5),
        (Duration::ZERO, 0),
        (Duration::MAX, u64::MAX),
    ] {
        let reply = ErrorResponse::new(ErrorCode::SlowDown)
            .with_retry_after(delay)
            .reply();
        assert_eq!(header(&reply, "Retry-After"), Some(&*seconds.to_string()));
    }
}

#[test]
fn only_invalid_client_carries_a_challenge_and_always_does() {
    let of =
        |response: ErrorResponse| header(&response.reply(), "WWW-Authenticate").map(str::to_owned);
    let challenge = r#"Basic realm="example""#;
    for (name, _) in CODES {
        let mut response = ErrorResponse::new(name.parse().unwrap());
        let expected = name == "invalid_client";
        assert_eq!(of(response.clone()).is_some(), expected, "{name}");
        response.challenge = Some(challenge.to_owned());
        assert_eq!(of(response).is_some_and(|c| c == challenge), expected);
    }
    let mut split = ErrorResponse::new(ErrorCode::InvalidClient);
    split.challenge = Some("Basic\r\nSet-Cookie: a=b".to_owned());
    assert_eq!(of(split).unwrap(), "Basic??Set-Cookie: a=b");
}

proptest! {
    #[test]
    fn any_description_becomes_a_valid_one(text in ".{0,400}") {
        let response = ErrorResponse::new(ErrorCode::AccessDenied).with_description(text);
        let description = sent_description(&response);
        let allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        prop_assert!(description.bytes().all(allowed));
        prop_assert!(description.len() <= ErrorResponse::MAX_DESCRIPTION);
    }
}
