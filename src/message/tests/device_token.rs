use crate::host::DeviceTokenRequest as Request;
use crate::message::{ErrorCode, ErrorResponse, PkceVerifier};

const GRANT: (&str, &str) = ("grant_type", Request::GRANT_TYPE);
const CODE: (&str, &str) = ("device_code", "GmRhmhcxhwAzkoEqiMEg");
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn refusal(pairs: &[(&str, &str)]) -> ErrorResponse {
    Request::from_pairs(pairs.iter().copied()).unwrap_err()
}

#[test]
fn what_is_missing_is_named() {
    let error = refusal(&[CODE]);
    assert_eq!(error.to_string(), "invalid_request: grant_type is missing");
    assert_eq!(refusal(&[("grant_type", ""), CODE]), error);
    let error = refusal(&[GRANT]);
    assert_eq!(error.to_string(), "invalid_request: device_code is missing");
    assert_eq!(refusal(&[GRANT, ("device_code", "")]), error);
}

#[test]
fn the_grant_type_is_exact() {
    let wrong = [
        "password",
        "device_code",
        "http://oauth.net/grant_type/device/1.0",
        "URN:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:device_code ",
        "urn:ietf:params:oauth:grant-type:device-code",
    ];
    for grant_type in wrong {
        let error = refusal(&[("grant_type", grant_type), CODE]);
        assert_eq!(error.error, ErrorCode::UnsupportedGrantType, "{grant_type}");
    }
}

#[test]
fn each_parameter_is_refused_when_repeated() {
    for extra in [
        GRANT,
        CODE,
        ("client_id", "tv"),
        ("code_verifier", VERIFIER),
    ] {
        let error = refusal(&[
            GRANT,
            CODE,
            ("client_id", "tv"),
            ("code_verifier", VERIFIER),
            extra,
        ]);
        assert_eq!(
            error.to_string(),
            format!("invalid_request: {} is repeated", extra.0)
        );
    }
}

#[test]
fn parameters_that_clients_send_besides_are_ignored() {
    let pairs = [
        GRANT,
        CODE,
        ("code", "GmRh"),
        ("scope", "a"),
        ("scope", "b"),
        ("telemetry", "1"),
    ];
    let request = Request::from_pairs(pairs).unwrap();
    assert_eq!(request.device_code(), CODE.1);
}

#[test]
fn a_malformed_verifier_is_an_invalid_grant() {
    for text in ["a", "é", &VERIFIER[1..], &"a".repeat(129)] {
        let error = refusal(&[GRANT, CODE, ("code_verifier", text)]);
        assert_eq!(error, ErrorResponse::from(ErrorCode::InvalidGrant));
    }
    let pairs = [GRANT, CODE, ("code_verifier", VERIFIER)];
    let request = Request::from_pairs(pairs).unwrap();
    let challenge = PkceVerifier::parse(VERIFIER).unwrap().challenge();
    assert_eq!(
        request.code_verifier.as_ref().unwrap().challenge(),
        challenge
    );
}

#[test]
fn debug_shows_neither_code_nor_verifier() {
    let request = Request::from_pairs([GRANT, CODE, ("code_verifier", VERIFIER)]).unwrap();
    let shown = format!("{request:?}");
    assert!(
        !shown.contains("GmRh") && !shown.contains("dBjft"),
        "{shown}"
    );
}

#[test]
fn a_resource_may_be_repeated_and_is_an_absolute_uri() {
    let pairs = [
        GRANT,
        CODE,
        ("resource", "https://a.example"),
        ("resource", "https://b.example"),
        ("resource", "https://a.example"),
        ("resource", ""),
    ];
    let request = Request::from_pairs(pairs).unwrap();
    assert_eq!(
        request.resources,
        ["https://a.example", "https://b.example"]
    );
    for text in ["a.example", "https://a.example/#part"] {
        let error = refusal(&[GRANT, CODE, ("resource", text)]);
        assert_eq!(error.error, ErrorCode::InvalidTarget, "{text}");
    }
}
