use std::time::Duration;

use sha2::{Digest, Sha256};

use super::DeviceGrants;
use super::build_error::Problem;
use super::fault::chain;
use super::inner::Inner;
use crate::host::{Charge, Charged, PortError, Quota};

impl DeviceGrants {
    /// The longest that the clocks of a node and of its store are apart without a [`Problem`].
    pub const LONGEST_APART: Duration = Duration::from_secs(10);

    /// Checks that store and limiter answer, that this node's clock agrees with the store's, and that the nodes which share
    /// the limiter have one verification URI and one another's code keys: when the host starts, or when it is asked whether
    /// it is ready. It returns everything that it finds, so nothing if all is well. The [`setting`](Problem::setting) of a
    /// problem is `store`, `limiter`, `clock`, `keys` or `verification_uri`.
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
    pub async fn check(&self) -> Vec<Problem> {
        let inner = self.inner();
        let mut findings = Vec::new();
        let asked_at = inner.now();
        match inner.store.now().await {
            Ok(told) => findings.extend(apart(
                told.micros_since(asked_at),
                inner.now().duration_until(asked_at),
            )),
            Err(error) => findings.push(silent("store", &error)),
        }
        if let Err(error) = self.try_limiter(&mut findings).await {
            findings.push(silent("limiter", &error));
        }
        findings
    }

    /// Asks the limiter for all that it is used for, and compares settings by it.
    async fn try_limiter(&self, findings: &mut Vec<Problem>) -> Result<(), PortError> {
        let inner = self.inner();
        let accepted: Vec<u32> = inner.keys.marks().collect();
        if !inner.agrees("keys", &accepted).await? {
            findings.push(Problem {
                setting: "keys",
                value: String::new(),
                bound: "do not have the key under which another node draws user codes, so that people are told that \
                        they are not valid"
                    .to_owned(),
                way_out: "give all nodes the same keys, and a new key first as a previous one",
            });
        }
        let digest = Sha256::digest(inner.verification_uri.as_str());
        let uri = u32::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
        if !inner.agrees("verification-uri", &[uri]).await? {
            findings.push(Problem {
                setting: "verification_uri",
                value: inner.verification_uri.as_str().to_owned(),
                bound: "another node of this issuer has another one".to_owned(),
                way_out: "give all nodes the same",
            });
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
        let take = |bit: u32, is_set: bool| {
            let key = self.limit_key("settings", &format!("{what}/{bit}={}", u8::from(is_set)));
            Charge::take(key, quota)
        };
        let has = |mark: u32, bit: u32| mark >> bit & 1 == 1;
        let Some(&own) = accepted.first() else {
            return Ok(true);
        };
        let mut charges = Vec::new();
        for bit in 0..u32::BITS {
            let own = has(own, bit);
            if accepted.iter().all(|mark| has(*mark, bit) == own) {
                charges.push(take(bit, !own));
                charges.push(take(bit, !own).given_back());
            }
            // Whatever is left of the last time is renewed, and never refused.
            charges.push(take(bit, own).given_back());
            charges.push(take(bit, own));
        }
        Ok(match self.limiter.charge(&charges).await? {
            Charged::Allowed => true,
            Charged::Limited { .. } => false,
        })
    }
}

/// Judges clocks that are this many microseconds apart, the store's being later, as far as a call that took so long
/// can tell.
fn apart(micros: i64, took: Duration) -> Option<Problem> {
    let apart = Duration::from_micros(micros.unsigned_abs());
    let is_ahead = micros < 0;
    // A slow answer makes the store look later.
    let certain = if is_ahead {
        apart
    } else {
        apart.saturating_sub(took)
    };
    let (way, seconds) = (
        if is_ahead { "ahead of" } else { "behind" },
        apart.as_secs(),
    );
    (certain > DeviceGrants::LONGEST_APART).then(|| Problem {
        setting: "clock",
        value: format!("{seconds} s {way} the clock of the store"),
        bound: format!(
            "has to be within {} s of it",
            DeviceGrants::LONGEST_APART.as_secs()
        ),
        way_out: "let both keep time by NTP",
    })
}

/// The problem with a port that does not answer.
fn silent(port: &'static str, error: &PortError) -> Problem {
    Problem {
        setting: port,
        value: String::new(),
        bound: format!("does not answer ({})", chain(error)),
        way_out: "call its `check`",
    }
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
    fn a_problem_is_one_line_with_the_remedy() {
        let found = apart(-4_500_000_000, Duration::ZERO).unwrap();
        assert_eq!(
            found.to_string(),
            "clock is 4500 s ahead of the clock of the store, but has to be within 10 s of it: let both keep time by NTP"
        );
    }
}
