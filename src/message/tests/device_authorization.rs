use std::time::Duration;

use super::json;
use crate::host::DeviceAuthorizationRequest as Request;
use crate::message::{DeviceAuthorizationResponse as Response, ErrorCode};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn refusal<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> ErrorCode {
    Request::from_pairs(pairs).unwrap_err().error
}

#[test]
fn an_empty_request_asks_for_nothing() {
    let nothing: [(&str, &str); 0] = [];
    assert_eq!(Request::from_pairs(nothing), Ok(Request::default()));
    let empty = [
        ("client_id", ""),
        ("scope", ""),
        ("resource", ""),
        ("code_challenge", ""),
    ];
    assert_eq!(Request::from_pairs(empty), Ok(Request::default()));
}

#[test]
fn parameters_that_clients_send_besides_are_ignored() {
    let pairs = [
        ("client_id", "tv"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("grant_type", "again"),
        ("response_type", "device_code"),
        ("device_id", "\0"),
    ];
    assert_eq!(Request::from_pairs(pairs).unwrap().client_id(), Some("tv"));
}

#[test]
fn each_parameter_but_resource_is_refused_when_repeated() {
    let values = [
        ("client_id", "tv"),
        ("scope", "openid"),
        ("authorization_details", "[]"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for pair in values {
        assert_eq!(
            refusal([pair, pair]),
            ErrorCode::InvalidRequest,
            "{}",
            pair.0
        );
    }
    let resources = [
        ("resource", "https://a.example"),
        ("resource", "https://b.example"),
    ];
    let request = Request::from_pairs(resources).unwrap();
    assert_eq!(
        request.resources,
        ["https://a.example", "https://b.example"]
    );
}

#[test]
fn a_malformed_scope_is_an_invalid_scope() {
    assert_eq!(
        refusal([("scope", "openid  profile")]),
        ErrorCode::InvalidScope
    );
    assert_eq!(refusal([("scope", "open\"id")]), ErrorCode::InvalidScope);
    assert_eq!(
        refusal([("scope", "a ".repeat(9000).as_str())]),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn a_client_id_is_printable_ascii() {
    for text in ["tv\0", "tv\n", "tév", &"a".repeat(2049)] {
        assert_eq!(refusal([("client_id", text)]), ErrorCode::InvalidRequest);
    }
}

#[test]
fn a_resource_is_an_absolute_uri_without_a_fragment() {
    for text in [
        "urn:example:api",
        "https://api.example/?a=b",
        "https://api.example",
    ] {
        assert!(Request::from_pairs([("resource", text)]).is_ok(), "{text}");
    }
    let long = format!("https://api.example/{}", "a".repeat(2048));
    for text in [
        "api",
        "/api",
        "https://api.example/#",
        "https://api.example/#a",
        "a b:c",
        &long,
    ] {
        assert_eq!(
            refusal([("resource", text)]),
            ErrorCode::InvalidTarget,
            "{text}"
        );
    }
}

#[test]
fn at_most_16_different_resources_are_taken() {
    let resources = |count: usize| (0..count).map(|n| ("resource", format!("urn:example:{n}")));
    let pairs = resources(16).chain(resources(16));
    assert_eq!(Request::from_pairs(pairs).unwrap().resources.len(), 16);
    let error = Request::from_pairs(resources(17)).unwrap_err();
    assert_eq!(error.error, ErrorCode::InvalidTarget);
}

#[test]
fn authorization_details_are_objects_with_a_type() {
    let deep = "[".repeat(8000);
    let long = format!(r#"[{{"type":"{}"}}]"#, "a".repeat(16_380));
    let malformed = [
        "{}",
        "null",
        r#"{"type":"a"}"#,
        "[1]",
        "[[]]",
        "[{}]",
        r#"[{"type":1}]"#,
        r#"[{"type":""}]"#,
        r#"[{"type":"a"},{}]"#,
        r#"[{"type":"a"}"#,
        r#"[{"type":"a"}] x"#,
        "not JSON",
        &deep,
    ];
    for text in malformed {
        let code = refusal([("authorization_details", text)]);
        assert_eq!(code, ErrorCode::InvalidAuthorizationDetails, "{text:.40}");
    }
    assert_eq!(
        refusal([("authorization_details", &*long)]),
        ErrorCode::InvalidRequest
    );
    let request = Request::from_pairs([("authorization_details", "[]")]).unwrap();
    assert_eq!(request.authorization_details, None);
}

#[test]
fn authorization_details_have_a_bounded_number_of_values() {
    let details = |members: usize| {
        let members = vec![r#"{"":0}"#; members].join(",");
        format!(r#"[{{"type":"a","b":[{members}]}}]"#)
    };
    let taken = details(126);
    let request = Request::from_pairs([("authorization_details", &*taken)]).unwrap();
    assert_eq!(
        request.authorization_details.as_deref().map(<[_]>::len),
        Some(1)
    );
    let heavy = details(127);
    assert_eq!(
        refusal([("authorization_details", &*heavy)]),
        ErrorCode::InvalidAuthorizationDetails
    );
}

#[test]
fn only_s256_is_taken() {
    let methods = ["plain", "s256", "S512", "", "S256 "];
    for method in methods {
        let pairs = [
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", method),
        ];
        assert_eq!(refusal(pairs), ErrorCode::InvalidRequest, "{method:?}");
    }
    assert_eq!(
        refusal([("code_challenge", CHALLENGE)]),
        ErrorCode::InvalidRequest
    );
    assert_eq!(
        refusal([("code_challenge_method", "S256")]),
        ErrorCode::InvalidRequest
    );
    let short = [
        ("code_challenge", &CHALLENGE[1..]),
        ("code_challenge_method", "S256"),
    ];
    assert_eq!(refusal(short), ErrorCode::InvalidRequest);
    let pairs = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let request = Request::from_pairs(pairs).unwrap();
    assert_eq!(request.code_challenge.unwrap().to_string(), CHALLENGE);
}

fn response(expires_in: Duration, interval: Duration) -> Response {
    Response::new(
        "GmRhmhcx",
        "WDJB-MJHT",
        "https://example.com/device",
        expires_in,
        interval,
    )
}

#[test]
fn expires_in_is_rounded_down_and_interval_up() {
    let seconds = |millis: u64| {
        let duration = Duration::from_millis(millis);
        let response = response(duration, duration);
        (
            response.expires_in.as_secs_f32(),
            response.interval.as_secs_f32(),
        )
    };
    assert_eq!(seconds(5_000), (5.0, 5.0));
    assert_eq!(seconds(5_001), (5.0, 6.0));
    assert_eq!(seconds(4_999), (4.0, 5.0));
    assert_eq!(seconds(0), (0.0, 1.0));
}

#[test]
fn interval_and_expires_in_are_integers_and_always_there() {
    let reply = response(Duration::from_millis(600_500), Duration::ZERO).reply();
    let body = json(&reply);
    assert_eq!(
        (body["expires_in"].as_u64(), body["interval"].as_u64()),
        (Some(600), Some(1))
    );
    assert_eq!(body.get("verification_uri_complete"), None);
}

#[test]
fn extra_members_are_sent_and_override_nothing() {
    let second = Duration::from_secs(1);
    let plain = response(second, second);
    let mut extended = plain
        .clone()
        .with("message", "Open the page")
        .with("message", "Look");
    let standard = [
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    ];
    for name in standard {
        extended = extended.with(name, "evil");
    }
    let mut expected = json(&plain.reply());
    expected["message"] = "Look".into();
    assert_eq!(json(&extended.reply()), expected);
}

#[test]
fn debug_shows_no_code() {
    let second = Duration::from_secs(1);
    let response = response(second, second)
        .complete("https://example.com/device?user_code=WDJB-MJHT")
        .with("message", "Enter WDJB-MJHT");
    let shown = format!("{response:?}");
    assert!(
        !shown.contains("WDJB") && !shown.contains("GmRh"),
        "{shown}"
    );
    assert!(shown.contains("https://example.com/device"));
}
