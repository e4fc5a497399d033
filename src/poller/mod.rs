//! The device's side of the grant: when to poll, and what each answer means.
//!
//! [`Poller`] does no I/O and reads no clock, so it works with any HTTP client, any runtime and any
//! test. The device asks it for the next step, takes it, and reports the result. It works with any
//! vendor's server, also with those that deviate from the RFC: a pending answer with status 200, 403 or 428,
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
//! - The time from an answer to the next poll is at least the interval. If the server held the answer back, the interval counts
//!   from the poll ([`Poller::prefer`]). Each `slow_down` adds 5 s to the interval, or takes the server's new `interval` if
//!   that is longer.
//! - After a time-out, a lost connection, a status 408, 429 or 5xx, or an answer that is not JSON, the device polls again.
//!   Each in a row doubles the delay, up to 60 s; a valid answer resets it to the interval. `Retry-After` is respected, up to
//!   5 min: seconds, or a date together with the `Date` of the answer.
//! - No `Retry-After` and no doubled delay is so long that it leaves no time for one more poll before the code expires. A longer
//!   interval after `slow_down` may be.
//! - A server of this crate may require a confirmation code: after [`Progress::ConfirmationRequired`], pass it to
//!   [`Poller::confirm`] for the next poll.
//! - Any other error ends the polling, and so does the expiry of the device code.
//!
//! The whole loop, with a closure in place of the server:
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
//! These two programs open the browser, count down, let the server hold polls back until somebody decides, ask for a confirmation
//! code, and cancel the grant at the server on Ctrl-C. The tests of this repository run them, against the example server and
//! against node-oidc-provider. Set the time-out of the HTTP client to more than [`Poller::MAX_WAIT`], and let it follow no
//! redirect, because a redirect may take the device code to another server.
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
