use std::time::Duration;

use super::{Grant, Lease, Pacing, State, Timestamp};

/// A rest between two attempts to issue tokens, after one that failed: without it, each poll would call an issuer that
/// is unavailable.
///
/// The first is a little shorter than the advertised interval, so that a device which keeps it notices nothing; each
/// further attempt doubles it, to [`LONGEST`](Self::LONGEST). What the issuer asks for itself holds instead, if it is
/// more than the first. No pause is longer than the first once [`LAST_CHANCE`](Self::LAST_CHANCE) is left until the
/// approval ends, by the expiry of the codes or by the [redemption window](crate::Builder::redemption_window): a long
/// `retry_after` must not cost the approval. No pause goes on after that end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pause {
    /// The time at which it began. An earlier `now` means that the clock was set back.
    pub(crate) begun: Timestamp,
    /// The time from which the issuer is called again.
    pub(crate) until: Timestamp,
}

impl Pause {
    /// The length that a pause grows to by itself.
    pub(crate) const LONGEST: Duration = Duration::from_secs(60);
    /// The time before the end of the approval at which the last long pause ends: no device is told by `slow_down` to poll less often.
    pub(crate) const LAST_CHANCE: Duration = Duration::from_secs(60);

    /// The pause after this many attempts, the last of which ended at `now` and may have said when to come back. It is
    /// over at `end`, when there is nothing left to wait for.
    pub(crate) fn after(
        attempts: u32,
        now: Timestamp,
        retry_after: Option<Duration>,
        interval: u32,
        end: Timestamp,
    ) -> Self {
        let leeway = Pacing::default().leeway(interval);
        let shortest = Duration::from_secs(u64::from(interval)).saturating_sub(leeway);
        let own = || {
            let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
            shortest.saturating_mul(doubled).min(Self::LONGEST)
        };
        let wanted = now + retry_after.unwrap_or_else(own);
        let last = end - Self::LAST_CHANCE;
        Self {
            begun: now,
            // In this order: a free last minute, yet at least the shortest pause, and none after the end.
            until: wanted.min(last).max(now + shortest).min(end),
        }
    }

    /// Returns whether it holds at `now`. As with a [`Lease`], a clock that was set back ends it.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        Lease::spans(self.begun, self.until, now)
    }
}

impl Grant {
    /// The pause before the next attempt, if the last one found the issuer unable to work.
    pub(crate) fn pause(&self) -> Option<Pause> {
        match self.state() {
            State::Approved { pause, .. } => *pause,
            State::Pending { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeeming { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => None,
        }
    }
}
