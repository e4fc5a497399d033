use std::time::Duration;

use crate::grant::Timestamp;

/// How much of something a key may have: `burst` at once, and then one more each `period / burst`, rounded up to
/// whole microseconds.
///
/// So no more than twice `burst` in any `period`. The arithmetic, which every limiter shares, needs one
/// stored time per key: when the key will owe nothing any more.
///
/// ```
/// use std::time::Duration;
/// use device_grant::grant::Timestamp;
/// use device_grant::host::{Debit, Quota};
///
/// let quota = Quota::new(2, Duration::from_secs(60));
/// let start = Timestamp::from_micros(0);
/// let once = quota.debit(None, start, Debit::Take).unwrap();
/// let twice = quota.debit(Some(once), start, Debit::Take).unwrap();
/// let retry_after = quota.debit(Some(twice), start, Debit::Take).unwrap_err();
/// assert_eq!(retry_after, Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quota {
    burst: u32,
    period: Duration,
}

/// In which way a key is charged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "part of the limiter contract")]
pub enum Debit {
    /// One unit, if the quota allows it.
    Take,
    /// One unit that was taken is given back, as far as time has not given it back already. Never refused.
    GiveBack,
}

impl Quota {
    /// A quota of `burst` (at least 1) per `period` (at least 1 µs each).
    #[must_use]
    pub fn new(burst: u32, period: Duration) -> Self {
        let burst = burst.max(1);
        let shortest = Duration::from_micros(u64::from(burst));
        Self {
            burst,
            period: period.clamp(shortest, Duration::from_secs(366 * 24 * 3_600)),
        }
    }

    /// How many at once.
    #[must_use]
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// In which time as many become available again.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Sustained units per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        f64::from(self.burst) / self.period.as_secs_f64()
    }

    /// Judges one debit against the time `owed_until` that is stored for the key, and returns the one to store.
    ///
    /// # Errors
    ///
    /// How long to wait, when the quota does not allow it; then nothing is to be stored.
    pub fn debit(
        &self,
        owed_until: Option<Timestamp>,
        now: Timestamp,
        debit: Debit,
    ) -> Result<Timestamp, Duration> {
        // No quota reaches twice its period: the clock was set back, and the key would be shut out until it has
        // caught up.
        let owed_until = owed_until
            .filter(|owed_until| *owed_until <= now + self.period * 2)
            .map_or(now, |owed_until| owed_until.max(now));
        let charged = owed_until + self.unit();
        let allowed = now + self.unit() * self.burst;
        match debit {
            Debit::Take if charged > allowed => Err(charged.duration_until(allowed)),
            Debit::Take => Ok(charged),
            Debit::GiveBack => Ok((owed_until - self.unit()).max(now)),
        }
    }

    /// This many times as much, in the same period.
    pub(crate) fn times(self, factor: u32) -> Self {
        Self::new(self.burst.saturating_mul(factor), self.period)
    }

    /// In which time one unit becomes available. Rounded down, units would add up to more than the quota.
    pub(crate) fn unit(&self) -> Duration {
        let micros = self
            .period
            .as_nanos()
            .div_ceil(u128::from(self.burst) * 1_000);
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000);

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let quota = Quota::new(1, Duration::from_secs(10));
        let taken = quota.debit(None, START, Debit::Take).unwrap();
        let given_back = quota.debit(Some(taken), START, Debit::GiveBack).unwrap();
        assert_eq!(quota.debit(Some(given_back), START, Debit::Take), Ok(taken));
    }

    #[test]
    fn nothing_is_saved_up_by_giving_back() {
        let quota = Quota::new(1, Duration::from_secs(10));
        let saved = quota.debit(None, START, Debit::GiveBack).unwrap();
        assert_eq!(saved, START);
    }

    #[test]
    fn a_clock_set_back_shuts_out_for_no_more_than_a_period() {
        let quota = Quota::new(5, Duration::from_secs(60));
        let full = START + Duration::from_secs(60);
        for set_back in [1, 60, 61, 3_600] {
            let now = START - Duration::from_secs(set_back);
            let wait = quota.debit(Some(full), now, Debit::Take).err();
            let wait = wait.unwrap_or_default();
            assert!(wait <= Duration::from_secs(72), "{set_back} s: {wait:?}");
            let later = quota.debit(Some(full), now + wait, Debit::Take);
            assert!(later.is_ok(), "{set_back} s: {later:?} after {wait:?}");
        }
    }

    #[test]
    fn extreme_settings_do_not_overflow() {
        for quota in [
            Quota::new(0, Duration::ZERO),
            Quota::new(u32::MAX, Duration::MAX),
        ] {
            for now in [Timestamp::MIN, START, Timestamp::MAX] {
                let _ = quota.debit(Some(Timestamp::MAX), now, Debit::Take);
                let _ = quota.debit(Some(Timestamp::MIN), now, Debit::GiveBack);
            }
        }
    }
}
