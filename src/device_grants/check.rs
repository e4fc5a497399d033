use std::fmt;
use std::time::Duration;

use super::DeviceGrants;
use super::fault::chain;
use crate::host::{Charge, Debit, PortError, Quota};

/// A reason why a server is not ready, as [`DeviceGrants::check`] finds it.
///
/// Its `Display` is one line that ends with the remedy.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The store does not answer.
    #[non_exhaustive]
    Store {
        /// The error and its causes.
        cause: String,
    },
    /// The limiter does not answer.
    #[non_exhaustive]
    Limiter {
        /// The error and its causes.
        cause: String,
    },
    /// The clock of this node is apart from the clock of the store.
    #[non_exhaustive]
    Clock {
        /// The distance.
        apart: Duration,
        /// True if this node is ahead of the store.
        is_ahead: bool,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store { cause } => {
                write!(f, "the store does not answer: {cause}; call its `check`")
            }
            Self::Limiter { cause } => {
                write!(f, "the limiter does not answer: {cause}; call its `check`")
            }
            Self::Clock { apart, is_ahead } => {
                let way = if *is_ahead { "ahead of" } else { "behind" };
                let seconds = apart.as_secs();
                write!(
                    f,
                    "the clock of this node is {seconds} s {way} the clock of the store: let both keep time by NTP"
                )
            }
        }
    }
}

impl DeviceGrants {
    /// The longest that the clocks of a node and of its store are apart without a [`Finding`].
    pub const LONGEST_APART: Duration = Duration::from_secs(10);

    /// Checks that store and limiter answer, and that this node's clock agrees with the store's: when the host starts,
    /// or when it is asked whether it is ready. It returns everything that it finds, so nothing if all is well.
    ///
    /// Grants are judged by the store's clock alone, so a wrong clock of a node ends no sign-in. The tokens that a host
    /// signs have times of their own.
    ///
    /// The stores and limiters of this crate have a `check` each, which says more about tables, rights and settings.
    pub async fn check(&self) -> Vec<Finding> {
        let inner = self.inner();
        let mut findings = Vec::new();
        let asked_at = inner.now();
        match inner.store.now().await {
            Ok(told) => findings.extend(apart(
                told.micros_since(asked_at),
                inner.now().duration_until(asked_at),
            )),
            Err(error) => findings.push(Finding::Store {
                cause: chain(&error),
            }),
        }
        if let Err(error) = self.try_limiter().await {
            findings.push(Finding::Limiter {
                cause: chain(&error),
            });
        }
        findings
    }

    /// Asks the limiter for all that it is used for, and changes nothing.
    async fn try_limiter(&self) -> Result<(), PortError> {
        let inner = self.inner();
        // Giving back to a key that owes nothing takes the rights and the scripts that a charge takes.
        let quota = Quota::new(1, Duration::from_secs(1));
        let probe = Charge::new(inner.limit_key("check", ""), quota, Debit::GiveBack);
        _ = inner.limiter.charge(&[probe]).await?;
        inner.limiter.purge(0).await?;
        Ok(())
    }
}

/// Judges clocks that are this many microseconds apart, the store's being later, as far as a call that took so long
/// can tell.
fn apart(micros: i64, took: Duration) -> Option<Finding> {
    let apart = Duration::from_micros(micros.unsigned_abs());
    let is_ahead = micros < 0;
    // A slow answer makes the store look later.
    let certain = if is_ahead {
        apart
    } else {
        apart.saturating_sub(took)
    };
    (certain > DeviceGrants::LONGEST_APART).then_some(Finding::Clock { apart, is_ahead })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_be_ten_seconds_apart_and_a_slow_answer_is_no_difference() {
        let second = 1_000_000;
        for (micros, took, is_found) in [
            (0, 0, false),
            (10 * second, 0, false),
            (10 * second + 1, 0, true),
            (-10 * second, 0, false),
            (-10 * second - 1, 0, true),
            (15 * second, 5, false),
            (-15 * second, 5, true),
            (i64::MIN, 0, true),
            (i64::MAX, 0, true),
        ] {
            let found = apart(micros, Duration::from_secs(took));
            assert_eq!(found.is_some(), is_found, "{micros} us, {took} s");
        }
    }

    #[test]
    fn a_finding_is_one_line_with_the_remedy() {
        let found = apart(-4_500_000_000, Duration::ZERO).unwrap();
        assert_eq!(
            found.to_string(),
            "the clock of this node is 4500 s ahead of the clock of the store: let both keep time by NTP"
        );
    }
}
