use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use crate::poller::{
    RetryReason, Tokens,
    authorization::interval,
    members::{Members, parse_seconds},
};

/// Hands over what the token endpoint answered.
///
/// ```
/// use device_grant::poller::PollAnswer;
///
/// let answer = PollAnswer { status: 429, retry_after: Some("30"), body: b"Too many requests" };
/// assert_eq!(format!("{answer:?}"), r#"PollAnswer { status: 429, retry_after: Some("30"), .. }"#);
/// ```
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "every HTTP answer has these, and the device fills it in"
)]
pub struct PollAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header. Seconds are honoured, within [`Poller::MAX_RETRY_AFTER`](crate::poller::Poller::MAX_RETRY_AFTER);
    /// a date is not, as that takes a clock.
    pub retry_after: Option<&'a str>,
    /// The body, as it came.
    pub body: &'a [u8],
}

impl PollAnswer<'_> {
    pub(super) fn delay(&self) -> Duration {
        self.retry_after.and_then(parse_seconds).unwrap_or_default()
    }

    /// Reads the answer. The `error` member decides before the status does, because vendors agree
    /// on its values but not on the status that goes with them.
    pub(super) fn meaning(&self) -> Meaning {
        let Some(mut members) = Members::parse(self.body) else {
            return Meaning::Retry(self.retry_reason());
        };
        if let Some(error) = members.text("error") {
            return self.error(error, members);
        }
        let success = matches!(self.status, 200..=299);
        let tokens = success.then(|| Tokens::take(members)).flatten();
        tokens.map_or(Meaning::Retry(self.retry_reason()), Meaning::Tokens)
    }

    fn error(&self, error: String, mut members: Members) -> Meaning {
        match error.as_str() {
            "authorization_pending" => Meaning::Pending,
            "slow_down" => Meaning::SlowDown(interval(&mut members)),
            "access_denied" | "authorization_declined" => Meaning::Denied,
            "expired_token" | "token_expired" | "code_expired" => Meaning::Expired,
            "server_error" | "temporarily_unavailable" => Meaning::Retry(RetryReason::Unavailable),
            _ if matches!(self.status, 408 | 429 | 500..=599) => {
                Meaning::Retry(self.retry_reason())
            }
            _ => {
                let description = members.secret("error_description");
                Meaning::Failed { error, description }
            }
        }
    }

    fn retry_reason(&self) -> RetryReason {
        match self.status {
            408 => RetryReason::Timeout,
            429 => RetryReason::RateLimited,
            500..=599 => RetryReason::Unavailable,
            _ => RetryReason::NotUnderstood,
        }
    }
}

impl fmt::Debug for PollAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollAnswer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

pub(super) enum Meaning {
    Pending,
    SlowDown(Option<Duration>),
    Denied,
    Expired,
    Tokens(Tokens),
    Failed {
        error: String,
        description: Option<Zeroizing<String>>,
    },
    Retry(RetryReason),
}
