use crate::message::{ErrorCode, ExtraParameter, ExtraParameters, Parameters};

fn named(name: &str, max_len: usize) -> ExtraParameter {
    ExtraParameter::new(name, max_len).unwrap()
}

fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    Parameters::from_pairs(pairs.iter().copied()).unwrap()
}

#[test]
fn what_nobody_named_is_not_kept() {
    let parameters = parameters(&[("tenant", "n"), ("telemetry", "t"), ("audience", "")]);
    let named = [("tenant", 64), ("audience", 64)];
    let extras = ExtraParameters::read(&parameters, &named).unwrap();
    assert_eq!(extras.iter().collect::<Vec<_>>(), [("tenant", "n")]);
    assert!(ExtraParameters::read(&parameters, &[]).unwrap().is_empty());
}

#[test]
fn each_is_bounded_and_comes_once() {
    let extras = |pairs: &[(&str, &str)]| {
        let extras = ExtraParameters::read(&parameters(pairs), &[("tenant", 3)]);
        extras.map_err(|error| error.to_string())
    };
    assert!(extras(&[("tenant", "abc")]).is_ok());
    for (pairs, expected) in [
        (
            &[("tenant", "abcd")][..],
            "invalid_request: tenant is too long",
        ),
        (&[("tenant", "a\n")], "invalid_request: tenant is malformed"),
        (
            &[("tenant", "a"), ("tenant", "a")],
            "invalid_request: tenant is repeated",
        ),
    ] {
        assert_eq!(extras(pairs).unwrap_err(), expected);
    }
}

#[test]
fn all_together_are_bounded() {
    let names = ["x0", "x1", "x2"].map(|name| (name, usize::MAX));
    let beyond = "x".repeat(ExtraParameter::MAX_LEN + 1);
    assert!(ExtraParameters::read(&parameters(&[("x0", &beyond)]), &names).is_err());
    let value = "x".repeat(ExtraParameter::MAX_LEN);
    let pairs = [("x0", value.as_str()), ("x1", &value), ("x2", &value)];
    assert!(ExtraParameters::read(&parameters(&pairs[..1]), &names).is_ok());
    let error = ExtraParameters::read(&parameters(&pairs), &names).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid_request: the request is too large"
    );
}

#[test]
fn secrets_and_what_is_read_anyway_cannot_be_named() {
    for name in [
        "client_secret",
        "client_assertion",
        "device_code",
        "code_verifier",
        "scope",
        "resource",
        "login_hint",
        "",
        "with space",
        "\u{fc}",
        &"x".repeat(65),
    ] {
        assert!(ExtraParameter::new(name, 64).is_err(), "{name:?}");
    }
    assert!(ExtraParameter::new("tenant", 64).is_ok());
    let wrong = ExtraParameters::read(&parameters(&[]), &[("tenant", 64), ("client_secret", 64)]);
    assert_eq!(wrong.unwrap_err().error, ErrorCode::ServerError);
}

#[test]
fn values_do_not_show() {
    let extras = ExtraParameters::default()
        .with(&named("tenant", 64), "n-0S6_WzA2Mj")
        .unwrap();
    assert_eq!(format!("{extras:?}"), r#"{"tenant"}"#);
}

#[test]
fn json_is_checked_as_a_request_is() {
    let json = r#"{"tenant":"n-0S6"}"#;
    let extras: ExtraParameters = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&extras).unwrap(), json);
    let long = format!(
        r#"{{"tenant":"{}"}}"#,
        "x".repeat(ExtraParameter::MAX_LEN + 1)
    );
    for wrong in [r#"{"":"x"}"#, r#"{"tenant":"a\u0000b"}"#, &long] {
        assert!(
            serde_json::from_str::<ExtraParameters>(wrong).is_err(),
            "{wrong:.40}"
        );
    }
}

/// A later version may give a name a meaning; grants of an earlier one are read all the same.
#[test]
fn a_stored_parameter_is_read_even_if_its_name_is_taken_since() {
    let stored: ExtraParameters = serde_json::from_str(r#"{"nonce":"n"}"#).unwrap();
    assert_eq!(stored.get("nonce"), Some("n"));
}
