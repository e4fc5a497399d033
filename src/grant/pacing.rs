use std::time::Duration;

use super::Timestamp;
use super::timestamp::micros;
use crate::code::GrantId;

/// The strictness with which the polling interval is enforced: the settings of [`Pace::poll`].
///
/// A poll counts as in time when it comes at most a leeway too early: half a second or a tenth of the
/// interval, whichever is more, plus how far the clocks of the host's nodes may disagree. So jitter on
/// the network never slows a client that keeps the interval.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Pacing {
    clock_skew: Duration,
}

impl Pacing {
    /// Sets how far the clocks of two nodes may disagree. Default: zero, for a single node.
    pub(crate) fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// The time before `interval` seconds after the last accepted poll the next one is accepted.
    pub(crate) fn leeway(&self, interval: u32) -> Duration {
        let tenth = Duration::from_secs(u64::from(interval)) / 10;
        tenth
            .max(Duration::from_millis(500))
            .saturating_add(self.clock_skew)
    }

    /// The time from one accepted poll to the next: the interval less the [leeway](Self::leeway).
    pub(crate) fn due_after(&self, interval: u32) -> Duration {
        Duration::from_secs(u64::from(interval)).saturating_sub(self.leeway(interval))
    }

    /// Returns whether an interval can be enforced at all among clocks that disagree this far: by less than half of it.
    pub(crate) fn suits(&self, interval: Duration) -> bool {
        self.clock_skew < interval / 2
    }

    /// Returns the allowed difference between clocks.
    pub(crate) fn skew(&self) -> Duration {
        self.clock_skew
    }

    /// A poll of this grant, with the numbers to judge it by.
    pub(crate) fn poll_of(&self, id: GrantId) -> PollRecord {
        let mut poll = PollRecord::new(id);
        poll.set_back_beyond = poll.set_back_beyond.saturating_add(self.clock_skew);
        poll
    }
}

/// A poll to record, with the numbers by which to judge it.
///
/// [`Pace::poll`] is the reference. A store that judges polls in its own language uses the same numbers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PollRecord {
    /// The grant that is polled.
    pub id: GrantId,
    /// The distance below which a poll counts as an immediate repetition of the last accepted one: 1 s.
    pub twin_within: Duration,
    /// If `now` is earlier than the last accepted poll by more than this, that poll is ignored, because the clock was set back:
    /// 1 s plus the configured clock skew.
    ///
    /// A smaller difference means that two clocks differ. If such polls were accepted, a client that alternates between two
    /// nodes could poll too fast.
    pub set_back_beyond: Duration,
    /// The seconds that each `slow_down` adds to [`told_interval`](Pace::told_interval): 5
    /// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
    pub step: u32,
    /// The largest interval in seconds to which `slow_down` adds up: 60. The RFC names no maximum.
    pub longest: u32,
}

impl PollRecord {
    /// A poll of this grant, without any clock skew.
    #[must_use]
    pub const fn new(id: GrantId) -> Self {
        Self {
            id,
            twin_within: Duration::from_secs(1),
            set_back_beyond: Duration::from_secs(1),
            step: 5,
            longest: 60,
        }
    }

    /// Returns whether another poll is judged by the same numbers, so that one statement may record both.
    #[cfg(any(feature = "redis-1", feature = "sql"))]
    pub(crate) fn is_judged_as(&self, other: &Self) -> bool {
        let id = self.id;
        *self
            == Self {
                id,
                ..other.clone()
            }
    }
}

/// The pacing data of a pending grant. It is not part of the grant's state, and only polls write it.
///
/// ```
/// use std::time::Duration;
/// use device_grant::code::GrantId;
/// use device_grant::grant::Timestamp;
/// use device_grant::host::{Pace, Paced, PollRecord};
///
/// let start = Timestamp::from_micros(0);
/// let poll = PollRecord::new(GrantId::from_bytes([1; 16]));
/// let (pace, first) = Pace::new(5, Duration::from_millis(4_500)).poll(start, &poll);
/// assert_eq!(first, Paced::Accepted);
///
/// let (_, early) = pace.poll(start + Duration::from_secs(2), &poll);
/// assert_eq!(early, Paced::slow_down(10));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// The least time from one accepted poll to the next. It is stored with the grant and never changes.
    pub due_after: Duration,
    /// The interval in seconds of the last answer to the client. `slow_down` raises it; it is never enforced.
    pub told_interval: u32,
    /// The time at which a poll was last accepted.
    pub last_accepted: Option<Timestamp>,
    /// True if a second poll came right after the last accepted one.
    pub had_twin: bool,
}

/// The outcome of the pacing of a poll. In each case the grant is still pending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "stores compute it in their own language: a fourth case would change their contract"
)]
pub enum Paced {
    /// The poll is in time, or the first: `authorization_pending`.
    Accepted,
    /// The poll immediately repeats an accepted one: `authorization_pending`. One repetition is allowed, because some clients
    /// send polls in pairs.
    Twin,
    /// The poll is too early: `slow_down`.
    #[non_exhaustive]
    SlowDown {
        /// The interval in the answer, in seconds.
        interval: u32,
    },
}

impl Paced {
    /// The outcome for a poll that is too early, with this interval in seconds.
    #[must_use]
    pub const fn slow_down(interval: u32) -> Self {
        Self::SlowDown { interval }
    }
}

impl Pace {
    /// The pace of a grant without polls, with the advertised `interval` in seconds.
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
    /// An early poll changes neither the time of the last accepted poll nor the enforced interval. So no history of polls locks a
    /// client out: one interval after the last accepted poll, the next one is accepted.
    /// [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5) does not define "too fast".
    #[must_use]
    pub fn poll(self, now: Timestamp, poll: &PollRecord) -> (Self, Paced) {
        let Some(last_accepted) = self.last_accepted else {
            return self.accept(now);
        };
        let age = now.micros_since(last_accepted);
        let is_due = age >= micros(self.due_after);
        if is_due || age < micros(poll.set_back_beyond).saturating_neg() {
            return self.accept(now);
        }
        // Either sign, because servers whose clocks differ may date the second of a pair before the first. Once for
        // each accepted poll, so that an interval has two pending answers at most.
        if age.saturating_abs() < micros(poll.twin_within) && !self.had_twin {
            let had_twin = true;
            return (Self { had_twin, ..self }, Paced::Twin);
        }
        let told_interval = self
            .told_interval
            .saturating_add(poll.step)
            .min(poll.longest)
            // Never lowered: a client's own interval may be the longest already.
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
