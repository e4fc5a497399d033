use std::time::Duration;

use crate::message::TokenResponse;

/// The next step of the device.
///
/// ```
/// use std::time::{Duration, Instant};
/// use device_grant::message::DeviceAuthorizationResponse;
/// use device_grant::poller::{Poller, Step};
///
/// # let authorization = DeviceAuthorizationResponse::from_json(br#"{"device_code": "GmRhmhcx",
/// #     "user_code": "WDJB-MJHT", "verification_uri": "https://example.com/device",
/// #     "expires_in": 600, "interval": 5}"#)?;
/// let now = Instant::now();
/// let mut poller = Poller::new(authorization, now);
/// assert_eq!(poller.next(now), Step::Wait(Duration::from_secs(5)));
/// assert_eq!(poller.next(now + Duration::from_secs(5)), Step::Poll);
/// poller.cancel();
/// assert_eq!(poller.next(now), Step::Stopped);
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[expect(
    clippy::exhaustive_enums,
    reason = "a device has to be able to take every step"
)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Wait for this time, then call [`next`](crate::poller::Poller::next) again.
    Wait(Duration),
    /// Send the request, and report the answer or the failure.
    Poll,
    /// Stop: the codes have expired. Start again only when the user asks for it.
    Expired,
    /// Stop: the device has its tokens, was refused, or gave up.
    Stopped,
}

/// The meaning of an answer, or of a missing one.
///
/// ```
/// use std::time::{Duration, Instant};
/// use device_grant::message::DeviceAuthorizationResponse;
/// use device_grant::poller::{PollAnswer, Poller, Progress};
///
/// # let authorization = DeviceAuthorizationResponse::from_json(br#"{"device_code": "GmRhmhcx",
/// #     "user_code": "WDJB-MJHT", "verification_uri": "https://example.com/device",
/// #     "expires_in": 600, "interval": 5}"#)?;
/// let now = Instant::now();
/// let mut poller = Poller::new(authorization, now);
/// let answer = PollAnswer { status: 400, body: br#"{"error":"slow_down"}"#, ..PollAnswer::default() };
/// let progress = poller.answered(&answer, now + Duration::from_secs(5));
/// assert!(matches!(progress, Progress::SlowDown { interval, .. } if interval.as_secs() == 10));
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// The end user has not decided yet.
    Pending,
    /// The end user approved, and the device has to send the six digits that they see. Ask the user for
    /// them, pass them to [`Poller::confirm`](crate::poller::Poller::confirm), and continue to poll.
    #[non_exhaustive]
    ConfirmationRequired {
        /// The number of different codes that the device may still send, if the server says it.
        tries_left: Option<u32>,
        /// True if this poll sent a wrong code.
        was_wrong: bool,
    },
    /// The end user has not decided yet, and the interval is longer from now on.
    #[non_exhaustive]
    SlowDown {
        /// The new interval.
        interval: Duration,
    },
    /// No answer of the token endpoint: the request failed, the server or a proxy is unavailable or
    /// limits requests, or another server answered. The device polls again.
    #[non_exhaustive]
    Retry {
        /// The time until the next poll.
        after: Duration,
    },
    /// The tokens. An ID token, the [extra](TokenResponse::extra) member `id_token`, has not been verified.
    Tokens(TokenResponse),
    /// The end user denied the request.
    Denied,
    /// The codes have expired.
    Expired,
    /// The server answered with another error; polling again does not help.
    #[non_exhaustive]
    Failed {
        /// The `error` member.
        error: String,
        /// The `error_description` member. Codes in it are blacked out.
        description: Option<String>,
    },
    /// The poller had ended before; the answer changes nothing.
    Stopped,
}
