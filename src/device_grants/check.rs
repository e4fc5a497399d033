use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::DeviceGrants;
use super::fault::chain;
use super::inner::Inner;
use crate::host::{Charge, Charged, Debit, PortError, Quota};

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
    /// Another node draws user codes under a key that this node does not have.
    Keys,
    /// Another node sends end users to another verification URI.
    VerificationUri,
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
            Self::Keys => f.write_str(
                "another node draws user codes under a key that this node does not have, so that people are told that they \
                 are not valid: give all nodes the same keys, and a new key first as a previous one",
            ),
            Self::VerificationUri => f.write_str(
                "another node of this issuer has another verification URI: give all nodes the same",
            ),
        }
    }
}

impl DeviceGrants {
    /// The longest that the clocks of a node and of its store are apart without a [`Finding`].
    pub const LONGEST_APART: Duration = Duration::from_secs(10);

    /// Checks that store and limiter answer, that this node's clock agrees with the store's, and that the nodes which share
    /// the limiter have one verification URI and one another's code keys: when the host starts, or when it is asked whether
    /// it is ready. It returns everything that it finds, so nothing if all is well.
    ///
    /// A node leaves a mark of its settings in the limiter, for as long as its codes live. A node with other settings is told
    /// by its own check, and leaves none. Of a key, the mark tells 32 bits of a keyed digest, by which nobody finds the key.
    /// Two keys have the same mark once in four thousand million times; among nodes that accept two keys, a third is missed
    /// once in some 65,000 times.
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
        if let Err(error) = self.try_limiter(&mut findings).await {
            findings.push(Finding::Limiter {
                cause: chain(&error),
            });
        }
        findings
    }

    /// Asks the limiter for all that it is used for, and compares settings by it.
    async fn try_limiter(&self, findings: &mut Vec<Finding>) -> Result<(), PortError> {
        let inner = self.inner();
        let accepted: Vec<u32> = inner.keys.marks().collect();
        if !inner.agrees("keys", &accepted).await? {
            findings.push(Finding::Keys);
        }
        let digest = Sha256::digest(inner.verification_uri.as_str());
        let uri = u32::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
        if !inner.agrees("verification-uri", &[uri]).await? {
            findings.push(Finding::VerificationUri);
        }
        inner.limiter.purge(0).await?;
        Ok(())
    }
}

impl Inner {
    /// Returns whether no other node has left a mark that is not accepted, and then leaves the first of the accepted ones.
    ///
    /// Each bit of a mark is the name of a key in the limiter. A key whose bit no accepted mark has must not be charged, and
    /// to try that leaves it as it was.
    async fn agrees(&self, what: &str, accepted: &[u32]) -> Result<bool, PortError> {
        let quota = Quota::new(1, self.lifetime);
        let charge = |bit: u32, is_set: bool, debit| {
            let key = self.limit_key("settings", &format!("{what}/{bit}={}", u8::from(is_set)));
            Charge::new(key, quota, debit)
        };
        let has = |mark: u32, bit: u32| mark >> bit & 1 == 1;
        let Some(&own) = accepted.first() else {
            return Ok(true);
        };
        let mut charges = Vec::new();
        for bit in 0..u32::BITS {
            let own = has(own, bit);
            if accepted.iter().all(|mark| has(*mark, bit) == own) {
                charges.push(charge(bit, !own, Debit::Take));
                charges.push(charge(bit, !own, Debit::GiveBack));
            }
            // Whatever is left of the last time is renewed, and never refused.
            charges.push(charge(bit, own, Debit::GiveBack));
            charges.push(charge(bit, own, Debit::Take));
        }
        Ok(match self.limiter.charge(&charges).await? {
            Charged::Allowed => true,
            Charged::Limited { .. } => false,
        })
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
