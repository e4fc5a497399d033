//! The device's side of the grant: when to poll, and what each answer means.
//!
//! [`Poller`] does no I/O and reads no clock, so that it fits any HTTP client, any runtime and any
//! test: the device asks it what to do next, does it, and reports what came of it. It talks to any
//! vendor's server, also to those that bend the RFC: a pending answer under status 200, 403 or 428,
//! an interval that is a string, an HTML page from a proxy.
//!
//! ```text
//!                  +------------- Wait(delay) <-----------------------+
//!                  v                                                  |
//! Poller::new -> next(now) -> Poll -> request() -> answered(..) / failed(..)
//!                  |                                  |
//!                  +-> Expired | Stopped               +-> Tokens | Denied | Expired | Failed
//! ```
//!
//! The rules are those of [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5):
//!
//! - There is never less than the interval between an answer and the next poll, unless the server held the answer back: then
//!   the interval counts from the poll ([`Poller::prefer`]). Each `slow_down`
//!   adds five seconds for good, or takes the server's new `interval` if that is longer.
//! - A time-out, a lost connection, a status 408, 429 or 5xx, or an answer that is no JSON ends nothing.
//!   Each in a row doubles the delay, up to a minute; the next answer that is understood takes it
//!   back to the interval. `Retry-After` is honoured, up to five minutes: seconds, or a date beside the
//!   `Date` of the answer.
//! - No delay that a server asks for costs the login: each leaves room for one more poll before the
//!   code expires.
//! - A server of this crate may want a confirmation code: [`Progress::ConfirmationRequired`] says so, and
//!   [`Poller::confirm`] takes it for the next poll.
//! - Any error that is not of this grant ends it, and so does the expiry of the device code.
//!
//! The whole loop, against a closure that stands for the server:
//!
//! ```
//! use std::time::{Duration, Instant};
//! use device_grant::message::DeviceAuthorizationResponse;
//! use device_grant::poller::{PollAnswer, Poller, Progress, Step};
//!
//! let mut polls = 0;
//! let mut server = |form: &str| {
//!     assert!(form.ends_with("&device_code=GmRhmhcx&client_id=tv"));
//!     polls += 1;
//!     match polls {
//!         1 => (400, r#"{"error":"authorization_pending"}"#),
//!         2 => (400, r#"{"error":"slow_down"}"#),
//!         3 => (502, "<h1>Bad gateway</h1>"),
//!         _ => (200, r#"{"access_token":"2YotnFZF","token_type":"Bearer","expires_in":3600}"#),
//!     }
//! };
//!
//! let authorization = DeviceAuthorizationResponse::from_json(br#"{
//!     "device_code": "GmRhmhcx",
//!     "user_code": "WDJB-MJHT",
//!     "verification_uri": "https://example.com/device",
//!     "expires_in": 600,
//!     "interval": 5
//! }"#)?;
//! println!("Open {} and enter {}", authorization.verification_uri, authorization.user_code);
//!
//! let mut now = Instant::now();
//! let start = now;
//! let mut poller = Poller::new(authorization, now);
//! let tokens = loop {
//!     match poller.next(now) {
//!         Step::Wait(delay) => now += delay, // a device sleeps here
//!         Step::Poll => {
//!             let (status, body) = server(&poller.form(&[("client_id", "tv")]));
//!             let answer = PollAnswer { status, body: body.as_bytes(), ..PollAnswer::default() };
//!             if let Progress::Tokens(tokens) = poller.answered(&answer, now) {
//!                 break tokens;
//!             }
//!         }
//!         Step::Expired | Step::Stopped => panic!("no tokens"),
//!     }
//! };
//! assert_eq!(tokens.access_token, "2YotnFZF");
//! // The interval, the interval, ten seconds after slow_down, twice that after the bad gateway.
//! assert_eq!(now - start, Duration::from_secs(5 + 5 + 10 + 20));
//! # Ok::<(), device_grant::InvalidValue>(())
//! ```
//!
//! # A command-line program
//!
//! Two programs that open the browser, count down, let the server hold polls back until somebody decides, ask for a confirmation
//! code, and tell the server when Ctrl-C gives up, so that nobody approves in vain. They are built and run by this repository's
//! tests, against the example server and against node-oidc-provider. Give the HTTP client a longer time-out than
//! [`Poller::MAX_WAIT`].
//!
//! With [`ureq`](https://docs.rs/ureq), [`open`](https://docs.rs/open) and [`ctrlc`](https://docs.rs/ctrlc):
//!
//! ```text
#![doc = include_str!("../../examples/device/ureq.rs")]
//! ```
//!
//! With [`reqwest`](https://docs.rs/reqwest), `open` and `tokio`:
//!
//! ```text
#![doc = include_str!("../../examples/device/reqwest.rs")]
//! ```

mod answer;
mod authorization;
mod members;
mod progress;
mod state;
mod tokens;

#[cfg(test)]
mod tests;

pub use self::{
    answer::PollAnswer,
    progress::{Progress, Step},
    state::Poller,
};
