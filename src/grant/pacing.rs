use std::time::Duration;

use super::Timestamp;
use super::timestamp::micros;

/// How strictly the polling interval is enforced: the settings of [`Pace::poll`].
///
/// A poll counts as in time when it comes at most a leeway too early: half a second or a tenth of the
/// interval, whichever is more, plus how far the clocks of the host's nodes may disagree. So jitter on
/// the network never slows a client that keeps the interval.
///
/// ```
/// use std::time::Duration;
/// use device_grant::grant::Pacing;
///
/// let pacing = Pacing::default().clock_skew(Duration::from_millis(200));
/// assert_eq!(pacing.leeway(5), Duration::from_millis(700));
/// assert_eq!(pacing.leeway(30), Duration::from_millis(3_200));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pacing {
    clock_skew: Duration,
}

impl Pacing {
    /// The seconds that `slow_down` adds to the told interval
    /// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
    pub const STEP: u32 = 5;
    /// An immediate repetition comes less than this after the last accepted poll.
    pub const TWIN: Duration = Duration::from_secs(1);
    /// The longest interval that `slow_down` asks for, in seconds. The RFC leaves it open.
    pub const LONGEST: u32 = 60;

    /// Sets how far the clocks of two nodes may disagree. Default: zero, for a single node.
    #[must_use]
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// How much earlier than `interval` seconds after the last accepted poll the next one is accepted.
    #[must_use]
    pub fn leeway(&self, interval: u32) -> Duration {
        let tenth = Duration::from_secs(u64::from(interval)) / 10;
        tenth
            .max(Duration::from_millis(500))
            .saturating_add(self.clock_skew)
    }

    /// The time from one accepted poll to the next: the interval less the [leeway](Self::leeway).
    #[must_use]
    pub fn due_after(&self, interval: u32) -> Duration {
        Duration::from_secs(u64::from(interval)).saturating_sub(self.leeway(interval))
    }

    /// Whether an interval can be enforced at all among clocks that disagree this far: by less than half of it.
    #[must_use]
    pub fn suits(&self, interval: Duration) -> bool {
        self.clock_skew < interval / 2
    }

    /// If `now` is earlier than the last accepted poll by more than this, that poll is ignored.
    ///
    /// A smaller step back is a clock that is behind: were its polls accepted, a client that changes between two
    /// nodes would be in time on both.
    #[must_use]
    pub fn set_back(&self) -> Duration {
        self.clock_skew.saturating_add(Self::TWIN)
    }
}

/// What is remembered of the polls of a pending grant. No part of its state, and written by nothing but polls.
///
/// ```
/// use device_grant::grant::{Pace, Paced, Pacing, Timestamp};
///
/// let start = Timestamp::from_micros(0);
/// let pacing = Pacing::default();
/// let (pace, first) = Pace::new(5, pacing.due_after(5)).poll(start, &pacing);
/// assert_eq!(first, Paced::Accepted);
///
/// let (_, early) = pace.poll(start + std::time::Duration::from_secs(2), &pacing);
/// assert_eq!(early, Paced::SlowDown { interval: 10 });
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// The time from one accepted poll to the next, to the microsecond. It is stored with the grant and never changes.
    pub due_after: Duration,
    /// The interval that the client was last told, in seconds. `slow_down` raises it; it is never enforced.
    pub told_interval: u32,
    /// The time at which a poll was last accepted.
    pub last_accepted: Option<Timestamp>,
    /// Whether a second poll came right after the last accepted one.
    pub had_twin: bool,
}

/// What the pacing makes of one poll. Each of them answers that the authorization is still pending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "stores compute it in their own language: a fourth case would change their contract"
)]
pub enum Paced {
    /// In time, or the first: `authorization_pending`.
    Accepted,
    /// The one immediate repetition that is let pass, because real clients send polls in pairs: `authorization_pending`.
    Twin,
    /// Too early: `slow_down`.
    SlowDown {
        /// The interval that the client is now told, in seconds.
        interval: u32,
    },
}

impl Pace {
    /// The pace of a grant that was never polled and whose advertised interval is `interval` seconds.
    #[must_use]
    pub const fn new(interval: u32, due_after: Duration) -> Self {
        Self {
            due_after,
            told_interval: interval,
            last_accepted: None,
            had_twin: false,
        }
    }

    /// Judges a poll at `now`.
    ///
    /// Early polls move neither the reference nor what is enforced, so no history of polls can lock a
    /// client out: at the advertised interval after the last accepted poll the next one is accepted.
    /// [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5) leaves open how "too fast" is judged.
    #[must_use]
    pub fn poll(self, now: Timestamp, pacing: &Pacing) -> (Self, Paced) {
        let Some(last_accepted) = self.last_accepted else {
            return self.accept(now);
        };
        let age = now.micros_since(last_accepted);
        let is_due = age >= micros(self.due_after);
        if is_due || age < micros(pacing.set_back()).saturating_neg() {
            return self.accept(now);
        }
        if age.saturating_abs() < micros(Pacing::TWIN) && !self.had_twin {
            let had_twin = true;
            return (Self { had_twin, ..self }, Paced::Twin);
        }
        let told_interval = self
            .told_interval
            .saturating_add(Pacing::STEP)
            .min(Pacing::LONGEST)
            .max(self.told_interval);
        let interval = told_interval;
        let slowed = Self {
            told_interval,
            ..self
        };
        (slowed, Paced::SlowDown { interval })
    }

    fn accept(self, now: Timestamp) -> (Self, Paced) {
        let accepted = Self {
            last_accepted: Some(now),
            had_twin: false,
            ..self
        };
        (accepted, Paced::Accepted)
    }
}
