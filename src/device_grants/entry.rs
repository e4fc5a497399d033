use std::net::IpAddr;
use std::time::Duration;

use super::charge::Taken;
use super::claim::{Miss, ReviewError};
use super::fault::Fault;
use super::ports::Ports;
use super::rows::Stored;
use crate::code::{UserCode, UserCodeDigest};
use crate::grant::{Origin, Timestamp};
use crate::host::{Charge, Debit, EventKind, Visitor, network};

/// An entry that may be looked up.
#[must_use]
pub(super) struct Admitted {
    pub(super) taken: Taken,
    /// If it is held against the grants of the visitor's own networks alone.
    pub(super) at_home: Option<AtHome>,
}

/// The networks in which the device has to be.
pub(super) struct AtHome {
    networks: Vec<IpAddr>,
    /// After how long everybody's wrong entries are not used up any more.
    pub(super) retry_after: Duration,
}

impl AtHome {
    pub(super) fn has(&self, origin: &Origin) -> bool {
        let origin = origin.ip.map(network);
        origin.is_some_and(|origin| self.networks.contains(&origin))
    }
}

impl Ports {
    /// Everything that `typed` can be, in the formats in use.
    pub(super) fn read(&self, typed: &str) -> Result<Vec<UserCode>, ReviewError> {
        let mut codes: Vec<UserCode> = Vec::new();
        let mut mistake = None;
        for format in self.formats.iter() {
            match format.parse(typed) {
                Ok(code) if codes.iter().any(|known| known.expose() == code.expose()) => {}
                Ok(code) => codes.push(code),
                Err(error) => _ = mistake.get_or_insert(error),
            }
        }
        match mistake {
            Some(error) if codes.is_empty() => Err(ReviewError::Mistyped(error)),
            Some(_) | None => Ok(codes),
        }
    }

    /// Charges an entry to the visitor and all their sources, and to what everybody together may enter wrongly among the
    /// codes that it can be; where that is used up, to what the visitor's network may.
    ///
    /// All of it is taken before it is known that the entry is wrong, so that entries that are under way at the same
    /// time cannot be more than the budgets.
    pub(super) async fn charge_entry(
        &self,
        visitor: &Visitor,
        codes: &[UserCode],
        now: Timestamp,
    ) -> Result<Admitted, ReviewError> {
        let by_subject = self.limit_key("entry", &format!("subject:{}", visitor.subject()));
        let quota = self.limits.entries_per_subject;
        let mut charges = vec![Charge::new(by_subject, quota, Debit::Take)];
        let quota = self.limits.entries_per_source;
        charges.extend(self.source_charges("entry", visitor.sources(), quota));
        let own = charges.len();
        let by_everybody = self.ladder.that_can_have(codes).map(|rung| {
            let key = self.limit_key("failed-entry", &rung.name);
            Charge::new(key, rung.wrong_entries, Debit::Take)
        });
        charges.extend(by_everybody);
        let Err(limited) = self.take(&charges).await? else {
            return Ok(Admitted {
                taken: Taken(charges),
                at_home: None,
            });
        };
        let (key, retry_after) = (limited.key, limited.retry_after);
        if limited.index < own {
            self.observe_visit(EventKind::Limited { key }, None, visitor, now);
            return Err(ReviewError::TooManyAttempts { retry_after });
        }
        self.observe_visit(EventKind::GuessBudgetExceeded { key }, None, visitor, now);
        charges.truncate(own);
        let networks = networks_of(visitor);
        let taken = self.charge_at_home(&networks, codes, charges).await?;
        let taken = taken.ok_or(ReviewError::TooManyAttempts { retry_after })?;
        let at_home = Some(AtHome {
            networks,
            retry_after,
        });
        Ok(Admitted { taken, at_home })
    }

    /// Charges an entry to what these networks may enter wrongly, besides what it is charged to anyway; none if there is
    /// no network, or one has used its part up.
    async fn charge_at_home(
        &self,
        networks: &[IpAddr],
        codes: &[UserCode],
        mut charges: Vec<Charge>,
    ) -> Result<Option<Taken>, Fault> {
        if networks.is_empty() {
            return Ok(None);
        }
        for rung in self.ladder.that_can_have(codes) {
            charges.extend(networks.iter().map(|network| {
                let key = self.limit_key("entry-at-home", &format!("{} {network}", rung.name));
                Charge::new(key, rung.wrong_entries_at_home, Debit::Take)
            }));
        }
        let is_admitted = self.take(&charges).await?.is_ok();
        Ok(is_admitted.then_some(Taken(charges)))
    }

    /// The one live grant under any of `codes`, with the code that led to it.
    pub(super) async fn look_up(
        &self,
        codes: &[UserCode],
    ) -> Result<Result<(UserCode, Stored), Miss>, Fault> {
        let digests = self.digests(codes);
        let all: Vec<UserCodeDigest> = digests.iter().map(|(_, digest)| *digest).collect();
        let asked_at = self.now();
        let found = self
            .store
            .find_by_user_code(&all)
            .await
            .map_err(|error| self.fault(Fault::store(error)))?;
        // A store may answer with something that was not asked for, and must not be believed.
        let mut live = found
            .into_iter()
            .filter(|row| row.is_paced(row.read_at) && self.is_own(row))
            .filter_map(|row| {
                let code = matching(&digests, row.user_code?)?;
                Some((code.clone(), row))
            });
        Ok(match (live.next(), live.next()) {
            (Some((code, row)), None) => {
                let stored =
                    Stored::read(row, asked_at).map_err(|error| self.fault(Fault::store(error)))?;
                Ok((code, stored))
            }
            (None, _) => Err((EventKind::UnknownUserCode, None)),
            (Some(_), Some(_)) => Err((EventKind::AmbiguousUserCode, None)),
        })
    }

    /// Every digest that a grant of one of these codes may have.
    pub(super) fn digests<'a>(&self, codes: &'a [UserCode]) -> Vec<(&'a UserCode, UserCodeDigest)> {
        let of = |code: &'a UserCode| {
            let digests = self.keys.digests(&self.issuer, code).into_iter();
            digests.map(move |digest| (code, digest))
        };
        codes.iter().flat_map(of).collect()
    }
}

/// The networks of a visitor's addresses, each once.
fn networks_of(visitor: &Visitor) -> Vec<IpAddr> {
    let mut networks: Vec<IpAddr> = visitor.addresses().map(network).collect();
    networks.sort_unstable();
    networks.dedup();
    networks
}

/// The code with this digest.
pub(super) fn matching<'a>(
    digests: &[(&'a UserCode, UserCodeDigest)],
    digest: UserCodeDigest,
) -> Option<&'a UserCode> {
    let known = digests.iter().find(|(_, known)| *known == digest);
    known.map(|(code, _)| *code)
}
