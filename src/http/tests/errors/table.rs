//! Reads `docs/errors.md`.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::case;
use crate::http::Endpoint;
use crate::message::{ErrorCode, ErrorResponse};

const TABLE: &str = include_str!("../../../../docs/errors.md");

/// The headers that every answer has.
const ALWAYS: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("content-type", "application/json"),
    ("pragma", "no-cache"),
];

/// The member that is in words.
const DESCRIPTION: &str = "error_description";

/// A condition, and the answer to it.
pub(super) struct Row {
    pub(super) case: &'static str,
    pub(super) endpoints: Vec<Endpoint>,
    status: u16,
    error: &'static str,
    /// Headers, and members of the body.
    besides: Vec<(&'static str, &'static str)>,
    /// The next step of a device.
    device: &'static str,
}

impl Row {
    #[track_caller]
    pub(super) fn assert_describes(&self, response: &Response<Bytes>) {
        let mut body: Map<String, Value> = serde_json::from_slice(response.body()).unwrap();
        let members = self.members();
        let description = if members.contains_key(DESCRIPTION) {
            None
        } else {
            // In whatever words, but in some.
            let description = body.remove(DESCRIPTION);
            let description = description.as_ref().and_then(Value::as_str);
            assert!(
                description.is_some_and(|it| !it.is_empty()),
                "{}",
                self.case
            );
            description.map(str::to_owned)
        };
        assert_eq!(
            (response.status().as_u16(), body),
            (self.status, members),
            "{}",
            self.case
        );
        let code: ErrorCode = self.error.parse().unwrap();
        if description.is_some() && says_no_more_than_its_name(code) {
            let plain = ErrorResponse::from(code);
            assert_eq!(description, plain.error_description, "{}", self.case);
        }
        let headers = response.headers().iter();
        let headers: BTreeMap<_, _> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap()))
            .collect();
        assert_eq!(headers, self.headers(), "{}", self.case);
        #[cfg(feature = "poller")]
        self.assert_tells_a_device(response);
    }

    /// The members of the body, but for the description.
    fn members(&self) -> Map<String, Value> {
        let besides = self.besides.iter().filter(|(name, _)| is_member(name));
        let besides = besides.map(|(name, value)| {
            let name = name.trim_matches('"').to_owned();
            (name, serde_json::from_str(value).unwrap())
        });
        let error = ("error".to_owned(), self.error.into());
        besides.chain([error]).collect()
    }

    fn headers(&self) -> BTreeMap<String, &'static str> {
        let besides = self.besides.iter().filter(|(name, _)| !is_member(name));
        let headers = ALWAYS.iter().chain(besides);
        headers
            .map(|(name, value)| (name.to_ascii_lowercase(), *value))
            .collect()
    }

    /// Asserts that the poller reacts to the answer as the row says.
    #[cfg(feature = "poller")]
    #[track_caller]
    fn assert_tells_a_device(&self, response: &Response<Bytes>) {
        use crate::message::DeviceAuthorizationResponse;
        use crate::poller::{PollAnswer, Poller, Progress};

        let authorization = DeviceAuthorizationResponse::from_json(
            br#"{"device_code":"x","user_code":"y","verification_uri":"https://id.example","expires_in":600}"#,
        );
        let retry_after = response.headers().get("retry-after");
        let answer = PollAnswer {
            status: response.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap()),
            body: response.body(),
            ..PollAnswer::default()
        };
        let now = start();
        let told = match Poller::new(authorization.unwrap(), now).answered(&answer, now) {
            Progress::Pending => "goes on",
            Progress::ConfirmationRequired { .. } => "asks its user",
            Progress::SlowDown { .. } => "goes on, slower",
            Progress::Retry { .. } => "tries again",
            Progress::Denied | Progress::Expired | Progress::Failed { .. } => "stops",
            progress @ (Progress::Tokens(_) | Progress::Stopped) => panic!("{progress:?}"),
        };
        assert_eq!(told, self.device, "{}", self.case);
    }
}

pub(super) fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter_map(|line| line.strip_prefix("| "));
    lines.filter_map(row).collect()
}

/// A line of a table whose fourth cell is a status.
fn row(line: &'static str) -> Option<Row> {
    let cells: Vec<&str> = line
        .trim_end_matches('|')
        .split('|')
        .map(str::trim)
        .collect();
    let &[case, _, endpoints, status, error, besides, device] = &cells[..] else {
        return None;
    };
    let status = status.parse().ok()?;
    Some(Row {
        case: case.trim_matches('`'),
        endpoints: endpoints.split(", ").map(endpoint).collect(),
        status,
        error: error.trim_matches('`'),
        besides: spans(besides)
            .map(|span| span.split_once(": ").unwrap())
            .collect(),
        device,
    })
}

fn endpoint(name: &str) -> Endpoint {
    match name {
        "device authorization" => Endpoint::DeviceAuthorization,
        "token" => Endpoint::Token,
        "revocation" => Endpoint::Revocation,
        _ => panic!("docs/errors.md names no endpoint: {name:?}"),
    }
}

/// Returns the texts between backticks.
fn spans(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split('`').skip(1).step_by(2)
}

fn is_member(name: &str) -> bool {
    name.starts_with('"')
}

#[cfg(feature = "poller")]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant"
)]
fn start() -> std::time::Instant {
    std::time::Instant::now()
}

/// Returns whether an answer with this code must not tell one condition from another.
fn says_no_more_than_its_name(code: ErrorCode) -> bool {
    use ErrorCode::*;

    [
        InvalidClient,
        InvalidGrant,
        ExpiredToken,
        AuthorizationPending,
        SlowDown,
    ]
    .contains(&code)
}

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let rows: Vec<_> = rows().iter().map(|row| row.case).collect();
    assert_eq!(rows, case::ALL);
}

#[test]
fn every_row_has_a_code_that_has_this_status() {
    for row in rows() {
        let code: ErrorCode = row.error.parse().unwrap();
        let own = match (code, row.status) {
            (ErrorCode::InvalidRequest, 405 | 408 | 413) => row.status,
            // Without an `Authorization` header there is no challenge to give.
            (ErrorCode::InvalidClient, 400) => 400,
            _ => code.status(),
        };
        assert_eq!(row.status, own, "{}", row.case);
    }
}

#[test]
fn a_row_is_read_as_it_is_written() {
    let line =
        "`a` | b | token, revocation | 503 | `x` | `Retry-After: 5`, `\"interval\": 10` | stops |";
    let row = row(line).unwrap();
    assert_eq!(row.case, "a");
    assert_eq!(row.endpoints, [Endpoint::Token, Endpoint::Revocation]);
    let members = serde_json::json!({ "error": "x", "interval": 10 });
    assert_eq!(Value::from(row.members()), members);
    assert_eq!(row.headers()["retry-after"], "5");
}
