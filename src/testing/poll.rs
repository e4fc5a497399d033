use crate::device_grants::PollOutcome;

/// The answer to a device's poll, which a test can compare: [`PollOutcome`] without tokens and errors.
///
/// [`WaitingDevice::tokens`](super::WaitingDevice::tokens) returns the tokens, and
/// [`WaitingDevice::reply`](super::WaitingDevice::reply) the whole reply.
///
/// ```
/// use device_grant::PollOutcome;
/// use device_grant::testing::Poll;
///
/// assert_eq!(Poll::from(&PollOutcome::Expired), Poll::Expired);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "compare it with what the device should have heard"]
#[non_exhaustive]
pub enum Poll {
    /// `authorization_pending`.
    Pending,
    /// `slow_down`.
    SlowDown {
        /// The interval in the answer, in seconds.
        interval: u64,
    },
    /// `authorization_pending`, because the device has to send a confirmation code.
    ConfirmationRequired {
        /// The number of different codes that it may still send.
        tries_left: u32,
    },
    /// `authorization_pending`, because the policy or the token issuer is unavailable.
    Unavailable,
    /// The tokens.
    Tokens,
    /// `access_denied`, because the end user denied or the grant was revoked.
    Denied,
    /// The policy or the token issuer refused.
    Refused,
    /// `expired_token`.
    Expired,
    /// `invalid_grant`.
    InvalidGrant,
    /// `invalid_target`.
    InvalidTarget,
    /// `invalid_request`, for a PKCE verifier without a challenge.
    UnexpectedVerifier,
    /// `unauthorized_client`.
    UnauthorizedClient,
    /// No answer: a port never answered, and the poll was dropped.
    Hung,
    /// No answer: a port panicked.
    Panicked,
}

impl From<&PollOutcome> for Poll {
    fn from(outcome: &PollOutcome) -> Self {
        match outcome {
            PollOutcome::Pending => Self::Pending,
            PollOutcome::SlowDown { interval } => Self::SlowDown {
                interval: interval.as_secs(),
            },
            PollOutcome::ConfirmationRequired { tries_left } => Self::ConfirmationRequired {
                tries_left: *tries_left,
            },
            PollOutcome::Unavailable { .. } => Self::Unavailable,
            PollOutcome::Tokens(_) => Self::Tokens,
            PollOutcome::Denied => Self::Denied,
            PollOutcome::Refused(_) => Self::Refused,
            PollOutcome::Expired => Self::Expired,
            PollOutcome::InvalidGrant => Self::InvalidGrant,
            PollOutcome::InvalidTarget => Self::InvalidTarget,
            PollOutcome::UnexpectedVerifier => Self::UnexpectedVerifier,
            PollOutcome::UnauthorizedClient => Self::UnauthorizedClient,
        }
    }
}
