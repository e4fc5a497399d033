use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::DeviceGrants;
use super::build_error::Problem;
use super::fault::{Fault, chain};
use super::inner::Inner;
use crate::grant::Subject;
use crate::host::{Charge, Charged, GrantsOf, PageRequest, PortError, Quota};

impl Problem {
    /// Returns true if a node with this problem, found by [`DeviceGrants::check`], cannot serve devices, because the store or the
    /// limiter cannot be used. A readiness probe should then fail. With other problems the node can serve; report them to an
    /// operator.
    #[must_use]
    pub fn stops_service(&self) -> bool {
        matches!(self.setting, "store" | "limiter")
    }
}

impl DeviceGrants {
    /// The largest difference between the clocks of a node and its store without a [`Problem`]: 10 s.
    pub const LONGEST_APART: Duration = Duration::from_secs(10);

    /// Checks this node's store and limiter with their tables, rights and settings
    /// ([`GrantStore::check`](crate::host::GrantStore::check)), its directory, and its clock against the store's. Also
    /// compares the verification URI and the code keys of the nodes that share the limiter.
    ///
    /// Call it when your server starts, and from its readiness probe. It returns a line with the remedy for each problem,
    /// and an empty list if there is none. If a problem [stops service](Problem::stops_service), take the node out of service.
    /// The [`setting`](Problem::setting) of a problem is `store`, `limiter`, `directory`, `durability`, `clock`, `keys`,
    /// `key_rotation`, `verification_uri` or `suspended`.
    ///
    /// To compare settings, a node leaves marks in the limiter, for the lifetime of its codes and at least five minutes. A node
    /// with other settings finds them by its own check. The mark of a code key is 32 bits of a keyed digest, which does not
    /// reveal the key. Two keys have the same mark once in 2³² times; if nodes accept two keys, a third one is missed once
    /// in about 65,000 times.
    ///
    /// Only the store's clock decides about grants, so a wrong clock of a node ends no sign-in without DPoP. But your issuer
    /// may use the node's clock for the times in tokens.
    pub async fn check(&self) -> Vec<Problem> {
        let inner = self.inner();
        let mut findings = Vec::new();
        if self.is_suspended() {
            findings.push(Problem {
                setting: "suspended",
                value: String::new(),
                bound: "is this node, by the host".to_owned(),
                remedy: "call `DeviceGrants::resume` to go on",
            });
        }
        if let Err(error) = inner.try_store(&mut findings).await {
            findings.push(unusable("store", &error));
        }
        if let Err(error) = inner.try_limiter(&mut findings).await {
            findings.push(unusable("limiter", &error));
        }
        if let Err(error) = inner.try_directory().await {
            findings.push(unusable("directory", &error));
        }
        findings
    }
}

impl Inner {
    async fn try_store(&self, findings: &mut Vec<Problem>) -> Result<(), PortError> {
        let asked_at = self.now();
        let told = self.store.now().await?;
        let took = self.now().duration_until(asked_at);
        findings.extend(apart(told.micros_since(asked_at), took));
        let advice = self.store.check().await?.into_iter();
        findings.extend(advice.map(at_risk));
        Ok(())
    }

    /// Calls each method of the limiter, and compares the settings of the nodes by it.
    async fn try_limiter(&self, findings: &mut Vec<Problem>) -> Result<(), PortError> {
        let advice = self.limiter.check().await?.into_iter();
        findings.extend(advice.map(at_risk));
        if !self.compare_keys().await? {
            findings.push(Problem {
                setting: "keys",
                value: String::new(),
                bound: "lack the key that another node uses for new user codes, so this node does not find those codes"
                    .to_owned(),
                remedy: "set the same keys on all nodes, and remove an old key only after the lifetime of its codes",
            });
        }
        if !self.keys.draws_newest() {
            findings.push(Problem {
                setting: "key_rotation",
                value: String::new(),
                bound: "is in progress, and new user codes still use the previous key, because another node lacks the \
                        newest key or received it recently"
                    .to_owned(),
                remedy: "set all keys on all nodes, then wait for one lifetime of the codes, and at least five minutes",
            });
        }
        let digest = Sha256::digest(self.verification_uri.as_str());
        let uri = u32::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
        if !self.agrees("verification-uri", &[uri]).await? {
            findings.push(Problem {
                setting: "verification_uri",
                value: self.verification_uri.as_str().to_owned(),
                bound: "differs from that of another node of this issuer".to_owned(),
                remedy: "set the same verification URI on all nodes",
            });
        }
        self.limiter.purge(0).await?;
        Ok(())
    }

    /// Calls the directory, for a user who has no grants.
    async fn try_directory(&self) -> Result<(), PortError> {
        if let Some(directory) = &self.directory {
            let nobody = GrantsOf::Subject(Subject::from(""));
            let page = PageRequest::first(Arc::clone(&self.issuer), nobody, 1);
            directory.list(&page).await?;
        }
        Ok(())
    }

    /// Settles the key under which this node draws codes, and leaves the marks of its newest key and of that key for the other
    /// nodes. Returns whether this node has the keys under which the others draw.
    pub(super) async fn compare_keys(&self) -> Result<bool, PortError> {
        self.settle_keys().await?;
        let accepted: Vec<u32> = self.keys.marks().collect();
        self.agrees("keys", &accepted).await
    }

    /// Settles the key under which codes are drawn, if it is not known yet: once in the life of a node that has several keys.
    pub(super) async fn know_keys(&self) -> Result<(), Fault> {
        if self.keys.is_unsettled() {
            // Boxed, as the calls of the policy are: nearly every authorization would take memory for it in vain.
            let settled = Box::pin(self.settle_keys()).await;
            settled.map_err(|error| self.fault(Fault::limiter(error)))?;
        }
        Ok(())
    }

    /// Finds out whether another node has another newest key, and so may lack that of this node.
    pub(super) async fn settle_keys(&self) -> Result<(), PortError> {
        let newest = self.keys.newest_mark();
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for bit in 0..u32::BITS {
            let is_set = newest >> bit & 1 == 1;
            let [mine, other] = [is_set, !is_set].map(|set| self.mark("newest-key", bit, set));
            own.extend(renewed(&mine));
            others.extend(probed(&other));
        }
        // In a call of its own, which no other mark can refuse: the other node has to find this mark.
        let _ = self.limiter.charge(&own).await?;
        let charged = self.limiter.charge(&others).await?;
        self.keys.settle(charged == Charged::Allowed);
        Ok(())
    }

    /// The charge of the key in the limiter that stands for this bit of a mark.
    fn mark(&self, what: &str, bit: u32, is_set: bool) -> Charge {
        let key = self.limit_key(
            "settings",
            format_args!("{what}/{bit}={}", u8::from(is_set)),
        );
        // A mark takes two units, all that its key has. If the clock was set back, a debt counts as all units but one, so a mark
        // of one unit would be free.
        Charge::take(key, Quota::new(2, self.lifetime.max(SHORTEST_MARK)))
    }
}

/// Leaves a mark. Its units are given back first, because a mark that is still there would refuse its renewal.
fn renewed(mark: &Charge) -> [Charge; 4] {
    let given_back = mark.clone().given_back();
    [given_back.clone(), given_back, mark.clone(), mark.clone()]
}

/// Is refused if the mark is there, and otherwise leaves no mark.
fn probed(mark: &Charge) -> [Charge; 4] {
    let given_back = mark.clone().given_back();
    [mark.clone(), mark.clone(), given_back.clone(), given_back]
}

/// The shortest time for which a mark is kept. Nodes renew theirs each 90 s at least.
const SHORTEST_MARK: Duration = Duration::from_secs(300);

impl Inner {
    /// Returns false if another node has left a mark that is not in `accepted`. Otherwise leaves the first accepted mark.
    ///
    /// Each bit of a mark names one of two keys of the limiter. If no accepted mark has a bit, the key of that bit must not be
    /// charged. The check takes it and gives it back, which leaves it as it was.
    async fn agrees(&self, what: &str, accepted: &[u32]) -> Result<bool, PortError> {
        let has = |mark: u32, bit: u32| mark >> bit & 1 == 1;
        let Some(&own) = accepted.first() else {
            return Ok(true);
        };
        let mut charges = Vec::new();
        for bit in 0..u32::BITS {
            let own = has(own, bit);
            if accepted.iter().all(|mark| has(*mark, bit) == own) {
                charges.extend(probed(&self.mark(what, bit, !own)));
            }
            charges.extend(renewed(&self.mark(what, bit, own)));
        }
        Ok(match self.limiter.charge(&charges).await? {
            Charged::Allowed => true,
            Charged::Limited { .. } => false,
        })
    }
}

/// Judges the clocks of node and store. `micros` is the time by which the store's is later, as a call found that took `took`.
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
        remedy: "synchronize both by NTP",
    })
}

/// The problem with a port that does not answer, or lacks something.
fn unusable(port: &'static str, error: &PortError) -> Problem {
    Problem {
        setting: port,
        value: String::new(),
        bound: format!("cannot be used ({})", chain(error).replace('\n', "; ")),
        remedy: "fix the cause that the parentheses name",
    }
}

/// The problem with a setting of a store or a limiter that works.
fn at_risk(advice: String) -> Problem {
    Problem {
        setting: "durability",
        value: String::new(),
        bound: format!("is at risk ({advice})"),
        remedy: "change the setting, or accept the risk",
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
            "clock is 4500 s ahead of the clock of the store, but has to be within 10 s of it: synchronize both by NTP"
        );
    }
}
