mod answers;
mod authorization;
mod loops;
mod timing;
mod tokens;
mod waiting;

use std::time::{Duration, Instant};

use super::{PollAnswer, Poller, Progress};
use crate::message::DeviceAuthorizationResponse;

const PENDING: (u16, &str) = (400, r#"{"error":"authorization_pending"}"#);
const SLOW_DOWN: (u16, &str) = (400, r#"{"error":"slow_down"}"#);
const TOKENS: (u16, &str) = (200, r#"{"access_token":"2YotnFZF","token_type":"Bearer"}"#);
const OUTAGE: (u16, &str) = (503, "<h1>Service unavailable</h1>");

#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant"
)]
fn start() -> Instant {
    Instant::now()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn authorization(expires_in: u64, interval: u64) -> DeviceAuthorizationResponse {
    let body = format!(
        r#"{{"device_code":"GmRhmhcx/&","user_code":"WDJB-MJHT",
        "verification_uri":"https://example.com/device",
        "expires_in":{expires_in},"interval":{interval}}}"#
    );
    DeviceAuthorizationResponse::from_json(body.as_bytes()).unwrap()
}

fn answer((status, body): (u16, &str)) -> PollAnswer<'_> {
    PollAnswer {
        status,
        body: body.as_bytes(),
        ..PollAnswer::default()
    }
}

/// Names what the tables compare; tokens have no `PartialEq`.
fn show(progress: &Progress) -> String {
    if let Progress::Tokens(_) = progress {
        return "Tokens".to_owned();
    }
    format!("{progress:?}")
}

fn poller(now: Instant) -> Poller {
    Poller::new(authorization(600, 5), now)
}
