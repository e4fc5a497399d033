use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::timestamp::micros;

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

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
    /// What `slow_down` adds to the told interval, in seconds
    /// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
    pub const STEP: u32 = 5;
    /// How close to the last accepted poll an immediate repetition comes, and how little a clock set back is.
    pub const TWIN: Duration = Duration::from_secs(1);
    /// The longest interval that `slow_down` asks for, in seconds. The RFC leaves it open.
    pub const LONGEST: u32 = 60;

    /// How far the clocks of two nodes may disagree. Default: zero, for a single node.
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

    /// Whether an interval can be enforced at all among clocks that disagree this far: by less than half of it.
    #[must_use]
    pub fn suits(&self, interval: Duration) -> bool {
        self.clock_skew < interval / 2
    }

    /// How far the clock has to have been set back for the last accepted poll to say nothing: more than this.
    ///
    /// Less is a node whose clock is behind: were its polls accepted, a client that changes between two nodes
    /// would be in time on both.
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
/// let (pace, first) = Pace::new(5).poll(5, start, &Pacing::default());
/// assert_eq!(first, Paced::Accepted);
///
/// let (_, early) = pace.poll(5, start + std::time::Duration::from_secs(2), &Pacing::default());
/// assert_eq!(early, Paced::SlowDown { interval: 10 });
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pace {
    /// The interval that the client was last told, in seconds. `slow_down` raises it; it is never enforced.
    pub told_interval: u32,
    /// When a poll was last accepted.
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
    pub const fn new(interval: u32) -> Self {
        Self {
            told_interval: interval,
            last_accepted: None,
            had_twin: false,
        }
    }

    /// The pace as a store read it back.
    #[must_use]
    pub const fn from_parts(
        told_interval: u32,
        last_accepted: Option<Timestamp>,
        had_twin: bool,
    ) -> Self {
        Self {
            told_interval,
            last_accepted,
            had_twin,
        }
    }

    /// Judges a poll at `now` against the advertised `interval` in seconds.
    ///
    /// Early polls move neither the reference nor what is enforced, so no history of polls can lock a
    /// client out: at the advertised interval after the last accepted poll the next one is accepted.
    /// [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5) leaves open how "too fast" is judged.
    #[must_use]
    pub fn poll(self, interval: u32, now: Timestamp, pacing: &Pacing) -> (Self, Paced) {
        let Some(last_accepted) = self.last_accepted else {
            return self.accept(now);
        };
        let age = now.micros_since(last_accepted);
        let due = i64::from(interval) * SECOND;
        let is_due = age.saturating_add(micros(pacing.leeway(interval))) >= due;
        if is_due || age < micros(pacing.set_back()).saturating_neg() {
            return self.accept(now);
        }
        if age.saturating_abs() < micros(Pacing::TWIN) && !self.had_twin {
            return (
                Self {
                    had_twin: true,
                    ..self
                },
                Paced::Twin,
            );
        }
        let told_interval = self
            .told_interval
            .saturating_add(Pacing::STEP)
            .min(Pacing::LONGEST)
            .max(self.told_interval);
        (
            Self {
                told_interval,
                ..self
            },
            Paced::SlowDown {
                interval: told_interval,
            },
        )
    }

    fn accept(self, now: Timestamp) -> (Self, Paced) {
        (
            Self {
                last_accepted: Some(now),
                had_twin: false,
                ..self
            },
            Paced::Accepted,
        )
    }
}
