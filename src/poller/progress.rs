use std::time::Duration;

use crate::message::TokenResponse;

/// Says what the device does next.
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
    /// Waits this long, and asks again.
    Wait(Duration),
    /// Sends the request, and reports the answer or the failure.
    Poll,
    /// Does nothing any more: the codes have expired. A device starts again only when its user asks for it.
    Expired,
    /// Does nothing any more: the device has its tokens, was refused, or gave up.
    Stopped,
}

/// Says what an answer, or the lack of one, means.
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
    /// The end user approved, and is shown six digits that the device has to send before it gets tokens. The device asks
    /// its user for them, hands them to [`Poller::confirm`](crate::poller::Poller::confirm), and polls on.
    #[non_exhaustive]
    ConfirmationRequired {
        /// The number of different codes that may still be sent, if the server says it.
        tries_left: Option<u32>,
        /// True if the poll sent a code, and it was wrong.
        was_wrong: bool,
    },
    /// The end user has not decided yet, and polls are further apart from now on.
    #[non_exhaustive]
    SlowDown {
        /// The new interval.
        interval: Duration,
    },
    /// No answer of a token endpoint came: the request failed, the server or something before it is out of order or
    /// limits requests, or something else answered. The device polls again.
    #[non_exhaustive]
    Retry {
        /// The time to wait before it.
        after: Duration,
    },
    /// The tokens are here. Nothing of an ID token, which is the [extra](TokenResponse::extra) member `id_token`, has been
    /// checked.
    Tokens(TokenResponse),
    /// The end user refused.
    Denied,
    /// The codes have expired.
    Expired,
    /// The server answered with an error that polling on does not mend.
    #[non_exhaustive]
    Failed {
        /// The `error` member.
        error: String,
        /// The `error_description` member, in which the codes are blacked out.
        description: Option<String>,
    },
    /// The poller had ended before, so that the answer changes nothing.
    Stopped,
}
