use std::time::Duration;

use serde_json::json;

use super::json;
use crate::message::{Scope, TokenResponse};

const HOUR: Duration = Duration::from_secs(3600);

fn problem(tokens: &TokenResponse) -> String {
    tokens.check().unwrap_err().to_string()
}

#[test]
fn the_issuers_scope_stands_and_the_granted_one_fills_in() {
    let granted = Scope::parse("openid profile").unwrap();
    let filled = TokenResponse::bearer("a", HOUR).or_granted(&granted, &[]);
    assert_eq!(filled.scope.as_ref(), Some(&granted));
    let narrowed = TokenResponse::bearer("a", HOUR).with_scope("openid".parse().unwrap());
    assert_eq!(
        json(&narrowed.or_granted(&granted, &[]).reply())["scope"],
        "openid"
    );
}

#[test]
fn extra_members_are_sent_beside_the_standard_ones() {
    let tokens = TokenResponse::bearer("a", HOUR)
        .with("id_token", "eyJ0")
        .with("authorization_details", json!([{ "type": "files" }]));
    let expected = json!({
        "access_token": "a",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "",
        "id_token": "eyJ0",
        "authorization_details": [{ "type": "files" }],
    });
    assert_eq!(json(&tokens.reply()), expected);
    assert_eq!(tokens.extra("id_token"), Some(&json!("eyJ0")));
    assert!(tokens.check().is_ok());
}

#[test]
fn a_reserved_member_is_refused_and_never_sent() {
    let plain = TokenResponse::bearer("a", HOUR);
    let reserved = [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "error",
        "error_description",
        "error_uri",
    ];
    for name in reserved {
        let tokens = plain.clone().with(name, "evil");
        assert_eq!(
            problem(&tokens),
            "an extra member has the name of a standard one",
            "{name}"
        );
        assert_eq!(tokens.reply().body, plain.reply().body, "{name}");
    }
}

#[test]
fn tokens_are_printable_ascii() {
    for token in ["", "a\n", "é", "\u{7f}", "a\0"] {
        let tokens = TokenResponse::bearer(token, HOUR);
        assert_eq!(
            problem(&tokens),
            "access_token is not printable ASCII, or is empty"
        );
        let tokens = TokenResponse::bearer("a", HOUR).with_refresh_token(token);
        assert_eq!(
            problem(&tokens),
            "refresh_token is not printable ASCII, or is empty"
        );
    }
}

#[test]
fn a_token_type_is_a_name_or_a_uri() {
    for (kind, valid) in [
        ("Bearer", true),
        ("DPoP", true),
        ("N_A", true),
        ("urn:example:type", true),
        ("", false),
        ("Bearer token", false),
        ("Be\"arer", false),
        ("é", false),
    ] {
        assert_eq!(
            TokenResponse::new("a", kind).check().is_ok(),
            valid,
            "{kind}"
        );
    }
    assert!(TokenResponse::new("a", "b".repeat(257)).check().is_err());
}

#[test]
fn the_length_limit_is_exact() {
    let overhead = TokenResponse::bearer("", HOUR).reply().body.len();
    let longest = "a".repeat(TokenResponse::MAX_LEN - overhead);
    assert!(
        TokenResponse::bearer(longest.as_str(), HOUR)
            .check()
            .is_ok()
    );
    let longer = TokenResponse::bearer(longest + "a", HOUR);
    assert_eq!(problem(&longer), "the response is longer than 65536 bytes");
}

#[test]
fn debug_shows_no_token() {
    let tokens = TokenResponse::bearer("2Yotn", HOUR)
        .with_refresh_token("tGzv3")
        .with("id_token", "eyJ0")
        .with("nested", json!({ "secret": "s3cr3t" }));
    let shown = format!("{tokens:?}");
    for secret in ["2Yotn", "tGzv3", "eyJ0", "s3cr3t"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("id_token"));
}

#[test]
fn what_a_token_endpoint_sends_is_taken_over_whole() {
    let sent = json!({
        "access_token": "a", "token_type": "DPoP", "expires_in": 3600, "refresh_token": "r",
        "scope": "openid", "id_token": "i", "not": { "known": [1, null] },
    });
    let tokens = TokenResponse::try_from(sent.clone()).unwrap();
    assert_eq!(json(&tokens.reply()), sent);
    assert_eq!(tokens.refresh_token.as_deref(), Some("r"));
    let least = json!({ "access_token": "a", "token_type": "Bearer", "scope": null });
    let mut null = least.clone();
    null["expires_in"] = json!(null);
    for untold in [least, null] {
        let tokens = TokenResponse::try_from(untold).unwrap();
        assert_eq!((&tokens.scope, tokens.expires_in), (&None, None));
        assert_eq!(json(&tokens.reply()).get("expires_in"), None);
    }
    let at_once = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 0 });
    let tokens = TokenResponse::try_from(at_once).unwrap();
    assert_eq!(tokens.expires_in, Some(Duration::ZERO));
}

#[test]
fn what_is_no_token_response_is_refused() {
    let whole = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 1 });
    for (name, value, problem) in [
        (
            "access_token",
            json!(null),
            "access_token is missing, or of the wrong type",
        ),
        (
            "access_token",
            json!(1),
            "access_token is missing, or of the wrong type",
        ),
        (
            "access_token",
            json!(""),
            "access_token is not printable ASCII, or is empty",
        ),
        (
            "token_type",
            json!(null),
            "token_type is missing, or of the wrong type",
        ),
        (
            "expires_in",
            json!("1"),
            "expires_in is missing, or of the wrong type",
        ),
        (
            "expires_in",
            json!(-1),
            "expires_in is missing, or of the wrong type",
        ),
        (
            "expires_in",
            json!(1.5),
            "expires_in is missing, or of the wrong type",
        ),
        (
            "refresh_token",
            json!([]),
            "refresh_token is missing, or of the wrong type",
        ),
        (
            "scope",
            json!(["openid"]),
            "scope is missing, or of the wrong type",
        ),
        (
            "scope",
            json!("a  b"),
            "scope is missing, or of the wrong type",
        ),
        (
            "error",
            json!("x"),
            "an extra member has the name of a standard one",
        ),
    ] {
        let mut sent = whole.clone();
        sent[name] = value;
        let error = TokenResponse::try_from(sent).unwrap_err();
        assert_eq!(error.to_string(), problem);
    }
    let error = TokenResponse::try_from(json!([whole])).unwrap_err();
    assert_eq!(error.to_string(), "the response is no JSON object");
}
