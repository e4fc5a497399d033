use std::iter;

use proptest::prelude::*;

use crate::host::{DeviceAuthorizationRequest, DeviceTokenRequest};
use crate::message::{ErrorCode, Parameters};

fn parameters<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Parameters {
    Parameters::from_pairs(pairs).unwrap()
}

#[test]
fn a_value_that_is_empty_counts_as_absent() {
    let read = parameters([("scope", ""), ("client_id", "tv"), ("client_id", "")]);
    assert_eq!(read.once("scope"), Ok(None));
    assert_eq!(read.once("client_id"), Ok(Some("tv")));
}

#[test]
fn a_repeated_parameter_is_refused_only_when_read() {
    let read = parameters([("a", "1"), ("b", "2"), ("a", "1")]);
    let error = read.once("a").unwrap_err();
    assert_eq!(error.error, ErrorCode::InvalidRequest);
    assert_eq!(error.error_description.as_deref(), Some("a is repeated"));
    assert_eq!(read.once("b"), Ok(Some("2")));
    assert_eq!(read.all("a").collect::<Vec<_>>(), ["1", "1"]);
}

#[test]
fn ten_thousand_parameters_are_one_clear_error() {
    let pairs = (0..10_000).map(|n| (n.to_string(), "x".to_owned()));
    let error = Parameters::from_pairs(pairs).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid_request: the request has too many parameters"
    );
}

#[test]
fn an_endless_request_is_not_read_to_its_end() {
    assert!(Parameters::from_pairs(iter::repeat(("a", ""))).is_err());
    let long = "a".repeat(1024);
    assert!(Parameters::from_pairs(iter::repeat((long.as_str(), ""))).is_err());
}

#[test]
fn limits_are_exact() {
    let most = |count: usize| Parameters::from_pairs(iter::repeat_n(("a", "b"), count));
    assert!(most(Parameters::MAX_PAIRS).is_ok());
    assert!(most(Parameters::MAX_PAIRS + 1).is_err());
    let long = "v".repeat(Parameters::MAX_VALUE + 1);
    assert_eq!(
        parameters([("a", &long[1..])]).once("a"),
        Ok(Some(&long[1..]))
    );
    let error = parameters([("a", long.as_str())]).once("a").unwrap_err();
    assert_eq!(error.to_string(), "invalid_request: a is too long");
    let total = "v".repeat(Parameters::MAX_TOTAL);
    assert!(Parameters::from_pairs([("a", &total[1..])]).is_ok());
    assert!(Parameters::from_pairs([("a", &total)]).is_err());
}

#[test]
fn a_long_value_that_nobody_reads_is_ignored() {
    let long = "v".repeat(Parameters::MAX_VALUE + 1);
    let request = DeviceAuthorizationRequest::from_pairs([("telemetry", &*long), ("scope", "a")]);
    assert!(request.is_ok());
}

#[test]
fn debug_shows_no_value() {
    let read = parameters([("device_code", "GmRhmhcx"), ("client_secret", "hunter2")]);
    assert_eq!(format!("{read:?}"), "Parameters([2 pairs])");
}

fn any_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = vec![
        "client_id",
        "scope",
        "resource",
        "authorization_details",
        "code_challenge",
        "code_challenge_method",
        "grant_type",
        "device_code",
        "code_verifier",
        "x",
    ];
    let values = prop_oneof![
        ".{0,50}",
        Just(DeviceTokenRequest::GRANT_TYPE.to_owned()),
        Just("S256".to_owned()),
        r#"\[(\{"type":"[a-z]?"\},?){0,3}\]"#,
        "[\\[{]{0,300}",
    ];
    let pair = (prop::sample::select(names).prop_map(str::to_owned), values);
    prop::collection::vec(pair, 0..12)
}

proptest! {
    #[test]
    fn any_pairs_are_read_or_refused_without_an_echo(pairs in any_pairs()) {
        let refusals = [
            DeviceAuthorizationRequest::from_pairs(pairs.clone()).err(),
            DeviceTokenRequest::from_pairs(pairs.clone()).err(),
        ];
        for error in refusals.into_iter().flatten() {
            let text = error.to_string();
            for (_, value) in pairs.iter().filter(|(_, value)| value.len() > 9) {
                prop_assert!(!text.contains(value.as_str()), "{} in {}", value, text);
            }
        }
    }
}
