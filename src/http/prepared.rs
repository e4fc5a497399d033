//! The answers to polls that are always the same. Nearly all polls get one of them, so each is made once and cloned.

use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::device_grants::{Heard, PollOutcome};

static PENDING: LazyLock<Response<Bytes>> = LazyLock::new(|| PollOutcome::Pending.reply().into());
static DENIED: LazyLock<Response<Bytes>> = LazyLock::new(|| PollOutcome::Denied.reply().into());
static EXPIRED: LazyLock<Response<Bytes>> = LazyLock::new(|| PollOutcome::Expired.reply().into());

/// The answers `slow_down`, by the seconds of their interval.
static SLOW_DOWN: [OnceLock<Response<Bytes>>; 128] = [const { OnceLock::new() }; 128];

/// Returns the response for an answered poll: a clone of a prepared one, or a new one.
pub(super) fn response(heard: &Heard) -> Response<Bytes> {
    if heard.longest_wait.is_some() {
        return heard.reply().into();
    }
    match &heard.outcome {
        PollOutcome::Pending => PENDING.clone(),
        PollOutcome::Denied => DENIED.clone(),
        PollOutcome::Expired => EXPIRED.clone(),
        PollOutcome::SlowDown { interval } => slow_down(heard, *interval),
        PollOutcome::ConfirmationRequired { .. }
        | PollOutcome::Unavailable { .. }
        | PollOutcome::Tokens(_)
        | PollOutcome::Refused(_)
        | PollOutcome::InvalidGrant
        | PollOutcome::InvalidTarget
        | PollOutcome::UnexpectedVerifier
        | PollOutcome::UnauthorizedClient => heard.reply().into(),
    }
}

fn slow_down(heard: &Heard, interval: Duration) -> Response<Bytes> {
    let seconds = usize::try_from(interval.as_secs()).unwrap_or(usize::MAX);
    // Intervals that are longer, or no whole seconds, are too rare to be kept.
    match SLOW_DOWN
        .get(seconds)
        .filter(|_| interval.subsec_nanos() == 0)
    {
        Some(prepared) => prepared.get_or_init(|| heard.reply().into()).clone(),
        None => heard.reply().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_polls_are_answered_is_made_once() {
        for outcome in [
            PollOutcome::Pending,
            PollOutcome::Denied,
            PollOutcome::Expired,
            PollOutcome::SlowDown {
                interval: Duration::from_secs(10),
            },
        ] {
            let heard = Heard {
                outcome,
                longest_wait: None,
            };
            let [one, other] = [response(&heard), response(&heard)];
            let is_shared = one.body().as_ptr() == other.body().as_ptr();
            assert!(is_shared, "{:?}", heard.outcome);
        }
    }

    #[test]
    fn what_is_prepared_is_what_would_be_made() {
        let slow_down = |millis| PollOutcome::SlowDown {
            interval: Duration::from_millis(millis),
        };
        let whole = [5_000, 10_000, 60_000, 127_000, 128_000, 300_000];
        let odd = [5_001, 10_500];
        let slowed = whole.into_iter().chain(odd).map(slow_down);
        let fixed = [
            PollOutcome::Pending,
            PollOutcome::Denied,
            PollOutcome::Expired,
            PollOutcome::InvalidGrant,
        ];
        for outcome in fixed.into_iter().chain(slowed) {
            let made = Response::from(outcome.reply());
            let mut heard = Heard {
                outcome,
                longest_wait: None,
            };
            for longest_wait in [None, Some(Duration::from_secs(30)), None] {
                heard.longest_wait = longest_wait;
                let mut answered = response(&heard);
                let held = answered.headers_mut().remove("preference-applied");
                let outcome = &heard.outcome;
                assert_eq!(held.is_some(), longest_wait.is_some(), "{outcome:?}");
                assert_eq!(answered.status(), made.status(), "{outcome:?}");
                assert_eq!(answered.headers(), made.headers(), "{outcome:?}");
                assert_eq!(answered.body(), made.body(), "{outcome:?}");
            }
        }
    }
}
