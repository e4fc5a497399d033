use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// A point in time: whole microseconds since the Unix epoch, UTC, leap seconds not counted.
///
/// Arithmetic saturates at the ends of the range (about 292,000 years either way), so that no
/// setting and no clock can make it overflow.
///
/// ```
/// use std::time::Duration;
/// use device_grant::grant::Timestamp;
///
/// let issued = Timestamp::from_micros(1_700_000_000_000_000);
/// let expires = issued + Duration::from_secs(600);
/// assert_eq!(expires.micros_since(issued), 600_000_000);
/// assert_eq!(issued.micros_since(expires), -600_000_000);
/// assert_eq!(issued.to_string(), "2023-11-14T22:13:20.000000Z");
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest time.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest time.
    pub const MAX: Self = Self(i64::MAX);

    /// The time this many microseconds after (or, when negative, before) the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the microseconds from `earlier` to this time; negative if `earlier` is later.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the time from `now` until this time; zero if it has passed.
    #[must_use]
    pub fn duration_until(self, now: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.micros_since(now)).unwrap_or(0))
    }
}

/// The length of `duration` in microseconds, at most `i64::MAX`.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(micros(after)),
            Err(before) => Self(micros(before.duration()).saturating_neg()),
        }
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Self {
        let micros = time.unix_timestamp_nanos().div_euclid(1_000);
        // Out of range only under `large-dates` of the `time` crate, which another crate may turn on.
        Self(i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl From<Timestamp> for OffsetDateTime {
    /// The same point in time, moved to the nearest one that the calendar type can hold.
    fn from(timestamp: Timestamp) -> Self {
        Self::from_unix_timestamp_nanos(i128::from(timestamp.0) * 1_000).unwrap_or(
            if timestamp.0 < 0 {
                time::PrimitiveDateTime::MIN.assume_utc()
            } else {
                time::PrimitiveDateTime::MAX.assume_utc()
            },
        )
    }
}

impl From<Timestamp> for SystemTime {
    /// The same point in time, moved to the nearest one that the calendar type can hold.
    fn from(timestamp: Timestamp) -> Self {
        OffsetDateTime::from(timestamp).into()
    }
}

impl fmt::Display for Timestamp {
    /// Writes the time as in a log: `2023-11-14T22:13:20.000000Z` ([RFC 3339](https://www.rfc-editor.org/rfc/rfc3339)).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = OffsetDateTime::from(*self);
        // Not by the `Rfc3339` of `time`, which drops trailing zeros: texts of one width sort and line up.
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second, micros) = at.to_hms_micro();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::MAX + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - Duration::MAX, Timestamp::MIN);
        assert_eq!(Timestamp::MAX.micros_since(Timestamp::MIN), i64::MAX);
    }

    #[test]
    fn what_the_calendar_cannot_hold_becomes_its_first_or_last_time() {
        let (first, last) = (time::PrimitiveDateTime::MIN, time::PrimitiveDateTime::MAX);
        assert_eq!(OffsetDateTime::from(Timestamp::MIN), first.assume_utc());
        assert_eq!(OffsetDateTime::from(Timestamp::MAX), last.assume_utc());
    }

    #[test]
    fn the_time_until_what_has_passed_is_zero() {
        let (earlier, later) = (Timestamp::from_micros(-2), Timestamp::from_micros(5));
        assert_eq!(later.duration_until(earlier), Duration::from_micros(7));
        assert_eq!(earlier.duration_until(later), Duration::ZERO);
    }

    #[test]
    fn system_time_and_calendar_time_agree() {
        let system = UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
        let calendar = OffsetDateTime::from(system);
        assert_eq!(Timestamp::from(system), Timestamp::from(calendar));
        assert_eq!(OffsetDateTime::from(Timestamp::from(calendar)), calendar);
        assert_eq!(SystemTime::from(Timestamp::from(system)), system);
    }

    #[test]
    fn a_time_is_shown_in_a_form_of_one_width() {
        let shown = |micros| Timestamp::from_micros(micros).to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(shown(951_782_400_000_010), "2000-02-29T00:00:00.000010Z");
    }

    #[test]
    fn times_before_the_epoch_are_negative() {
        let before = UNIX_EPOCH - Duration::from_micros(1);
        assert_eq!(Timestamp::from(before).as_micros(), -1);
        assert_eq!(
            Timestamp::from(OffsetDateTime::from(before)).as_micros(),
            -1
        );
    }

    #[test]
    fn extremes_have_a_calendar_form() {
        for extreme in [Timestamp::MIN, Timestamp::MAX] {
            assert!(!extreme.to_string().is_empty());
            let system = SystemTime::from(extreme);
            assert_eq!(OffsetDateTime::from(system), OffsetDateTime::from(extreme));
        }
    }
}
