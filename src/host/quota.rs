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
    /// Nothing; but refused when the quota would not allow one unit.
    Look,
    /// One unit, whether or not the quota allows it.
    Owe,
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
        // Twice the period is the most that can be owed: neither a clock set back nor a heap of debts
        // shuts a key out for longer.
        let owed_until = owed_until.unwrap_or(now).clamp(now, now + self.period * 2);
        let charged = owed_until + self.unit();
        let allowed = now + self.unit() * self.burst;
        match debit {
            Debit::Owe => Ok(charged),
            Debit::Take | Debit::Look if charged > allowed => Err(charged.duration_until(allowed)),
            Debit::Take => Ok(charged),
            Debit::Look => Ok(owed_until),
        }
    }

    /// In which time one unit becomes available. Rounded down, units would add up to more than the quota.
    fn unit(&self) -> Duration {
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
    fn a_debt_counts_against_later_takes() {
        let quota = Quota::new(1, Duration::from_secs(10));
        let owed = quota
            .debit(None, START, Debit::Owe)
            .and_then(|t| quota.debit(Some(t), START, Debit::Owe))
            .unwrap();
        let retry_after = quota.debit(Some(owed), START, Debit::Look).unwrap_err();
        assert_eq!(retry_after, Duration::from_secs(20));
    }

    #[test]
    fn a_look_costs_nothing() {
        let quota = Quota::new(1, Duration::from_secs(10));
        let looked = quota.debit(None, START, Debit::Look).unwrap();
        assert!(quota.debit(Some(looked), START, Debit::Take).is_ok());
    }

    #[test]
    fn a_clock_set_back_shuts_out_for_two_periods_at_most() {
        let quota = Quota::new(5, Duration::from_secs(60));
        let retry_after = quota
            .debit(Some(Timestamp::MAX), START, Debit::Take)
            .unwrap_err();
        assert!(retry_after <= Duration::from_secs(120), "{retry_after:?}");
    }

    #[test]
    fn extreme_settings_do_not_overflow() {
        for quota in [
            Quota::new(0, Duration::ZERO),
            Quota::new(u32::MAX, Duration::MAX),
        ] {
            for now in [Timestamp::MIN, START, Timestamp::MAX] {
                let _ = quota.debit(Some(Timestamp::MAX), now, Debit::Take);
                let _ = quota.debit(Some(Timestamp::MIN), now, Debit::Owe);
            }
        }
    }
}
