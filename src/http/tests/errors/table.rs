//! Reads `docs/errors.md`.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use crate::http::Endpoint;

const TABLE: &str = include_str!("../../../../docs/errors.md");

/// The golden cases.
const CASES: [&str; 8] = [
    include_str!("authorization.rs"),
    include_str!("clients.rs"),
    include_str!("dpop.rs"),
    include_str!("faults.rs"),
    include_str!("form.rs"),
    include_str!("layer.rs"),
    include_str!("poll.rs"),
    include_str!("revocation.rs"),
];

/// What every answer carries besides.
const ALWAYS: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("content-type", "application/json"),
    ("pragma", "no-cache"),
];

/// A condition, and the answer to it.
pub(super) struct Row {
    pub(super) condition: &'static str,
    pub(super) endpoints: Vec<Endpoint>,
    status: u16,
    error: &'static str,
    description: &'static str,
    /// Headers, and members of the body.
    besides: Vec<(&'static str, &'static str)>,
    /// What a device does next.
    device: &'static str,
}

impl Row {
    #[track_caller]
    pub(super) fn assert_describes(&self, response: &Response<Bytes>) {
        let body = std::str::from_utf8(response.body()).unwrap();
        assert_eq!(
            (response.status().as_u16(), body),
            (self.status, self.body().as_str()),
            "{}",
            self.condition
        );
        let headers = response.headers().iter();
        let headers: BTreeMap<_, _> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap()))
            .collect();
        assert_eq!(headers, self.headers(), "{}", self.condition);
        #[cfg(feature = "poller")]
        self.assert_tells_a_device(response);
    }

    fn body(&self) -> String {
        let members = self.besides.iter().filter(|(name, _)| is_member(name));
        let members: String = members
            .map(|(name, value)| format!(",{name}:{value}"))
            .collect();
        format!(
            r#"{{"error":"{}","error_description":"{}"{members}}}"#,
            self.error, self.description
        )
    }

    fn headers(&self) -> BTreeMap<String, &'static str> {
        let besides = self.besides.iter().filter(|(name, _)| !is_member(name));
        let headers = ALWAYS.iter().chain(besides);
        headers
            .map(|(name, value)| (name.to_ascii_lowercase(), *value))
            .collect()
    }

    /// What the device's side makes of the answer is what the row says.
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
            date: None,
            body: response.body(),
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
        assert_eq!(told, self.device, "{}", self.condition);
    }
}

pub(super) fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter_map(|line| line.strip_prefix("| "));
    lines.filter_map(row).collect()
}

/// A line of a table whose third cell is a status.
fn row(line: &'static str) -> Option<Row> {
    let cells: Vec<&str> = line
        .trim_end_matches('|')
        .split('|')
        .map(str::trim)
        .collect();
    let &[
        condition,
        endpoints,
        status,
        error,
        description,
        besides,
        device,
    ] = &cells[..]
    else {
        return None;
    };
    let status = status.parse().ok()?;
    Some(Row {
        condition,
        endpoints: endpoints.split(", ").map(endpoint).collect(),
        status,
        error: error.trim_matches('`'),
        description: description.trim_matches('`'),
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

/// What stands between backticks.
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

/// The conditions that the golden cases name: the first string of each call of `golden`.
fn golden_conditions() -> BTreeSet<&'static str> {
    let calls = CASES
        .iter()
        .flat_map(|source| source.split("golden(").skip(1));
    calls.map(|call| call.split('"').nth(1).unwrap()).collect()
}

#[test]
fn every_row_has_a_golden_case_and_every_golden_case_a_row() {
    let conditions: Vec<_> = rows().iter().map(|row| row.condition).collect();
    let unique: BTreeSet<_> = conditions.iter().copied().collect();
    assert_eq!(conditions.len(), unique.len(), "a condition has two rows");
    assert!(unique.len() > 40, "{unique:?}");
    let golden = golden_conditions();
    let without_case: Vec<_> = unique.difference(&golden).collect();
    assert!(without_case.is_empty(), "no golden case: {without_case:?}");
    let without_row: Vec<_> = golden.difference(&unique).collect();
    assert!(without_row.is_empty(), "no row: {without_row:?}");
}

#[test]
fn every_row_has_a_code_that_has_this_status() {
    use crate::message::ErrorCode;

    for row in rows() {
        let code: ErrorCode = row.error.parse().unwrap();
        let own = match (code, row.status) {
            (ErrorCode::InvalidRequest, 405 | 408 | 413) => row.status,
            // Without an `Authorization` header there is no challenge to give.
            (ErrorCode::InvalidClient, 400) => 400,
            _ => code.status(),
        };
        assert_eq!(row.status, own, "{}", row.condition);
    }
}

#[test]
fn a_row_is_read_as_it_is_written() {
    let line = "a b | token, revocation | 503 | `x` | `Y.` | `Retry-After: 5`, `\"interval\": 10` | stops |";
    let row = row(line).unwrap();
    assert_eq!(row.endpoints, [Endpoint::Token, Endpoint::Revocation]);
    let body: Value = serde_json::from_str(&row.body()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "error": "x", "error_description": "Y.", "interval": 10 })
    );
    assert_eq!(row.headers()["retry-after"], "5");
}
