use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use crate::message::{TokenResponse, prefer};
use crate::poller::{
    authorization::interval,
    members::{Members, parse_seconds},
    tokens,
};

/// The answer of the token endpoint to a poll.
///
/// ```
/// use device_grant::poller::PollAnswer;
///
/// let answer = PollAnswer { status: 429, retry_after: Some("30"), body: b"Too many requests", ..PollAnswer::default() };
/// assert!(!format!("{answer:?}").contains("Too many requests"));
/// ```
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "every HTTP answer has these, and the device fills it in"
)]
pub struct PollAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header ([RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)): seconds, or
    /// a date, within [`Poller::MAX_RETRY_AFTER`](crate::poller::Poller::MAX_RETRY_AFTER).
    pub retry_after: Option<&'a str>,
    /// The `Date` header. The delay of a `Retry-After` with a date counts from it, so that the clock of the device does
    /// not matter. Without it, such a `Retry-After` is ignored.
    pub date: Option<&'a str>,
    /// The `Preference-Applied` header ([RFC 7240 §3](https://www.rfc-editor.org/rfc/rfc7240#section-3)). With `wait` in it, the
    /// server has held its answer back, as [`Poller::prefer`](crate::poller::Poller::prefer) requested.
    pub preference_applied: Option<&'a str>,
    /// The body, unchanged.
    pub body: &'a [u8],
}

impl<'a> PollAnswer<'a> {
    /// An answer from any HTTP client: its status, its body, and a function that returns a header by its name in lower
    /// case.
    ///
    /// ```
    /// use device_grant::poller::PollAnswer;
    ///
    /// let headers = [("retry-after", "30")];
    /// let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    /// let answer = PollAnswer::new(429, b"Too many requests", header);
    /// assert_eq!(answer.retry_after, Some("30"));
    /// ```
    #[must_use]
    pub fn new(status: u16, body: &'a [u8], header: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            status,
            retry_after: header("retry-after"),
            date: header("date"),
            preference_applied: header("preference-applied"),
            body,
        }
    }
}

impl PollAnswer<'_> {
    /// Returns whether the server has held the answer back.
    pub(super) fn was_held(&self) -> bool {
        self.preference_applied.is_some_and(prefer::is_wait_applied)
    }

    pub(super) fn delay(&self) -> Duration {
        let told = self.retry_after.map(str::trim).unwrap_or_default();
        parse_seconds(told)
            .or_else(|| self.delay_until(told))
            .unwrap_or_default()
    }

    /// The time from the date of the answer to another date; `None` unless both are dates in this order.
    fn delay_until(&self, date: &str) -> Option<Duration> {
        let until = httpdate::parse_http_date(date).ok()?;
        let since = httpdate::parse_http_date(self.date?.trim()).ok()?;
        until.duration_since(since).ok()
    }

    /// Reads the answer. The `error` member decides before the status does, because vendors agree
    /// on its values but not on the status that goes with them.
    pub(super) fn meaning(&self) -> Meaning {
        let Some(mut members) = Members::parse(self.body) else {
            // A page of a proxy or of a captive portal: the code is still good when the network is.
            return Meaning::Retry;
        };
        if let Some(error) = members.secret("error") {
            return self.error(error, members);
        }
        let success = matches!(self.status, 200..=299);
        let tokens = success.then(|| tokens::take(members)).flatten();
        tokens.map_or(Meaning::Retry, Meaning::Tokens)
    }

    fn error(&self, error: Zeroizing<String>, mut members: Members) -> Meaning {
        match error.as_str() {
            "authorization_pending" if members.is_true("confirmation_required") => {
                Meaning::ConfirmationRequired(members.count("confirmation_tries_left"))
            }
            "authorization_pending" => Meaning::Pending,
            "slow_down" => Meaning::SlowDown(interval(&mut members)),
            // Some vendors have their own names for a denial and an expiry.
            "access_denied" | "authorization_declined" => Meaning::Denied,
            "expired_token" | "token_expired" | "code_expired" => Meaning::Expired,
            "server_error" | "temporarily_unavailable" => Meaning::Retry,
            // A gateway may write its own error as JSON. Its status tells that polling again may help.
            _ if matches!(self.status, 408 | 429 | 500..=599) => Meaning::Retry,
            _ => {
                let description = members.secret("error_description");
                Meaning::Failed { error, description }
            }
        }
    }
}

impl fmt::Debug for PollAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollAnswer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("date", &self.date)
            .field("preference_applied", &self.preference_applied)
            .finish_non_exhaustive()
    }
}

pub(super) enum Meaning {
    Pending,
    ConfirmationRequired(Option<u32>),
    SlowDown(Option<Duration>),
    Denied,
    Expired,
    Tokens(TokenResponse),
    Failed {
        error: Zeroizing<String>,
        description: Option<Zeroizing<String>>,
    },
    Retry,
}
