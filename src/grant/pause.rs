use std::time::Duration;

use super::{Grant, Lease, Pacing, State, Timestamp};

/// The pause after a failed attempt to issue tokens. Without it, each poll would call an issuer that is unavailable.
///
/// The first pause is a little shorter than the advertised interval, so that a device which keeps the interval notices
/// nothing. Each further failure doubles it, up to [`LONGEST`](Self::LONGEST). If the issuer names a time, the pause lasts for that
/// time, and at least as long as the first one.
///
/// In the [`LAST_CHANCE`](Self::LAST_CHANCE) before the approval ends, no pause is longer than the first one, so that a long
/// `retry_after` does not cost the approval. The approval ends by the expiry of the codes, or by the
/// [redemption window](crate::Builder::redemption_window). No pause lasts longer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pause {
    /// The time at which it began. An earlier `now` means that the clock was set back.
    pub(crate) begun: Timestamp,
    /// The time from which the issuer is called again.
    pub(crate) until: Timestamp,
}

impl Pause {
    /// The longest pause that doubling leads to.
    pub(crate) const LONGEST: Duration = Duration::from_secs(60);
    /// The time before the end of the approval at which the last long pause ends. It is as long as the longest interval to which
    /// `slow_down` leads, so each device polls within it.
    pub(crate) const LAST_CHANCE: Duration = Duration::from_secs(60);

    /// Returns the pause after this many attempts, of which the last one ended at `now` and may have named `retry_after`. It ends
    /// at `end` at the latest, with the approval.
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
