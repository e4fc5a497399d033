use std::time::Duration;

use crate::grant::Timestamp;

/// The number of units that a key may take: `burst` at once, and then one more in each `period / burst`.
///
/// That is at most twice `burst` in any `period`. The used part is stored as a [`Debt`], a share of the period: so nodes that
/// have different quotas for one key, as during a rolling deployment, count together.
///
/// ```
/// use std::time::Duration;
/// use device_grant::grant::Timestamp;
/// use device_grant::host::{Charge, LimitKey, Quota};
///
/// let key = LimitKey::new("entry", "https://id.example", "subject:alice");
/// let quota = Quota::new(2, Duration::from_secs(60));
/// let (charge, start) = (Charge::take(key.clone(), quota), Timestamp::from_micros(0));
/// let once = charge.debit(None, start).unwrap();
/// let twice = charge.debit(Some(once), start).unwrap();
/// assert!(charge.debit(Some(twice), start).is_none());
/// assert_eq!(quota.retry_after(Some(twice), start), Duration::from_secs(30));
///
/// // Whoever has used up one quota has used up the other.
/// let hourly = Charge::take(key, Quota::new(2, Duration::from_secs(3_600)));
/// assert!(hourly.debit(Some(twice), start).is_none());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quota {
    burst: u32,
    period: Duration,
}

/// The debt of a key, as a limiter stores it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "part of the limiter contract")]
pub struct Debt {
    /// The time at which the quota is full again.
    pub owed_until: Timestamp,
    /// The period of the quota with which the debt was made.
    pub period: Duration,
}

impl Quota {
    /// A quota of `burst` units, at least 1, in each `period`: at least 1 µs for each unit, at most 366 days, and rounded up to
    /// a whole number of microseconds for each unit.
    #[must_use]
    pub fn new(burst: u32, period: Duration) -> Self {
        let burst = burst.max(1);
        let period = period.min(Duration::from_secs(366 * 24 * 3_600));
        // Whole microseconds, in which debts are stored: the units of a burst have to add up to the period.
        let unit = period
            .as_nanos()
            .div_ceil(u128::from(burst) * 1_000)
            .clamp(1, u128::from(u64::MAX));
        let unit = Duration::from_micros(u64::try_from(unit).unwrap_or(u64::MAX));
        Self {
            burst,
            period: unit.saturating_mul(burst),
        }
    }

    /// The number of units that are allowed at once.
    #[must_use]
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// Returns the time in which an empty quota becomes full.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Takes one unit of a key that has this debt, and returns the debt to store; `None` if the quota does not allow it, and
    /// then nothing is to be stored.
    pub(super) fn take(&self, stored: Option<Debt>, now: Timestamp) -> Option<Debt> {
        let owes = self.after_take(stored, now);
        (owes <= self.period).then(|| self.debt(owes, now))
    }

    /// Gives one unit back to a key that has this debt, as far as time has not given it back already.
    pub(super) fn give_back(&self, stored: Option<Debt>, now: Timestamp) -> Debt {
        // A debt from before the clock was set back counts as all of the period: one unit back must not clear it.
        let owed = self.owed(stored, now).unwrap_or(self.period);
        self.debt(owed.saturating_sub(self.unit()), now)
    }

    fn debt(&self, owes: Duration, now: Timestamp) -> Debt {
        Debt {
            owed_until: now + owes,
            period: self.period,
        }
    }

    /// Returns the time after which the quota allows one unit to a key with this debt; zero if it allows it now.
    #[must_use]
    pub fn retry_after(&self, stored: Option<Debt>, now: Timestamp) -> Duration {
        self.after_take(stored, now).saturating_sub(self.period)
    }

    /// The debt after one more unit, even if it is beyond the period.
    fn after_take(&self, stored: Option<Debt>, now: Timestamp) -> Duration {
        let owed = self.owed(stored, now);
        // After a clock was set back, all units but one are owed: this take is the last for one unit's time.
        owed.map_or(self.period, |owed| owed + self.unit())
    }

    /// The debt as a part of this period; `None` if a clock was set back.
    fn owed(&self, stored: Option<Debt>, now: Timestamp) -> Option<Duration> {
        stored.map_or(Some(Duration::ZERO), |debt| self.part(debt, now))
    }

    /// Converts a debt to this period, in proportion. Returns `None` if the debt is longer than its own period.
    ///
    /// Limiters repeat these operations on doubles, in this order, so that they all agree to the microsecond.
    fn part(&self, debt: Debt, now: Timestamp) -> Option<Duration> {
        let owed = debt.owed_until.duration_until(now);
        if owed > debt.period {
            return None;
        }
        if debt.period == self.period {
            return Some(owed);
        }
        let part = double(owed) * double(self.period) / double(debt.period);
        // Rounded up: a debt that two nodes convert to and fro must not melt away.
        Some(whole(part.ceil()).min(self.period))
    }

    /// Returns a quota of this many times as much, in the same period.
    pub(crate) fn times(self, factor: u32) -> Self {
        match factor {
            1 => self,
            _ => Self::new(self.burst.saturating_mul(factor), self.period),
        }
    }

    /// The time in which one unit becomes available.
    pub(crate) fn unit(&self) -> Duration {
        self.period / self.burst
    }
}

/// Microseconds as a double. A period is far below 2^53 of them, up to which this is exact.
fn double(duration: Duration) -> f64 {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let (high, low) = (micros >> 32, micros & u64::from(u32::MAX));
    let exact = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    exact(high) * 4_294_967_296.0 + exact(low)
}

/// A whole number of microseconds.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is whole and not negative; beyond the largest integer the cast saturates"
)]
fn whole(micros: f64) -> Duration {
    Duration::from_micros(micros as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000);
    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn debt(owed_until: Timestamp, period: Duration) -> Option<Debt> {
        Some(Debt { owed_until, period })
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let quota = Quota::new(1, Duration::from_secs(10));
        let taken = quota.take(None, START).unwrap();
        let given_back = quota.give_back(Some(taken), START);
        assert_eq!(quota.take(Some(given_back), START), Some(taken));
    }

    #[test]
    fn nothing_is_saved_up_by_giving_back() {
        let quota = Quota::new(1, Duration::from_secs(10));
        let saved = quota.give_back(None, START);
        assert_eq!(saved.owed_until, START);
    }

    #[test]
    fn a_clock_set_back_shuts_out_for_no_more_than_a_period() {
        let quota = Quota::new(5, MINUTE);
        let full = debt(START + MINUTE, MINUTE);
        for set_back in [1, 60, 61, 3_600] {
            let now = START - Duration::from_secs(set_back);
            let last = quota.take(full, now).unwrap();
            assert_eq!(last.owed_until, now + MINUTE, "{set_back} s");
            assert_eq!(quota.take(Some(last), now), None);
            assert_eq!(quota.retry_after(Some(last), now), MINUTE / 5);
        }
    }

    #[test]
    fn a_clock_set_back_gives_no_more_back_than_is_given_back() {
        let (few, many) = (Quota::new(5, MINUTE), Quota::new(300, MINUTE));
        let full = debt(START + HOUR, MINUTE);
        let given_back = few.give_back(full, START);
        assert_eq!(given_back.owed_until, START + MINUTE * 4 / 5);
        let given_back = many.give_back(full, START);
        assert_eq!(given_back.owed_until, START + MINUTE * 299 / 300);
    }

    #[test]
    fn a_debt_is_the_same_part_of_another_period() {
        let (lax, strict) = (Quota::new(300, MINUTE), Quota::new(300, HOUR));
        let half = debt(START + MINUTE / 2, MINUTE);
        let taken = strict.take(half, START).unwrap();
        assert_eq!(taken.owed_until, START + HOUR / 2 + HOUR / 300);
        let taken = lax.take(debt(START + HOUR / 2, HOUR), START);
        assert_eq!(taken.unwrap().owed_until, START + MINUTE / 2 + MINUTE / 300);
    }

    #[test]
    fn a_debt_is_rounded_up_and_never_beyond_the_period() {
        let odd = Quota::new(1, Duration::from_micros(7));
        let one = debt(START + Duration::from_micros(1), MINUTE);
        assert_eq!(odd.take(one, START), None);
        assert_eq!(odd.retry_after(one, START), Duration::from_micros(1));
        for period in [3, 7, 599_999_999, 31_622_399_999_999] {
            let period = Duration::from_micros(period);
            let quota = Quota::new(1, Duration::from_secs(366 * 24 * 3_600));
            let full = debt(START + period, period);
            assert_eq!(quota.take(full, START), None, "{period:?}");
            assert_eq!(quota.retry_after(full, START), quota.period(), "{period:?}");
        }
    }

    #[test]
    fn a_period_is_a_whole_number_of_units() {
        let quota = Quota::new(7, MINUTE);
        assert_eq!(quota.period(), Duration::from_micros(60_000_003));
        assert_eq!(quota.unit() * 7, quota.period());
        assert_eq!(
            Quota::new(1_000, Duration::ZERO).unit(),
            Duration::from_micros(1)
        );
    }

    #[test]
    fn extreme_settings_do_not_overflow() {
        for quota in [
            Quota::new(0, Duration::ZERO),
            Quota::new(u32::MAX, Duration::MAX),
        ] {
            for now in [Timestamp::MIN, START, Timestamp::MAX] {
                for period in [Duration::ZERO, MINUTE, Duration::MAX] {
                    let _ = quota.take(debt(Timestamp::MAX, period), now);
                    let _ = quota.give_back(debt(Timestamp::MIN, period), now);
                }
            }
        }
    }
}
