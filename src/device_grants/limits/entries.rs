use std::net::IpAddr;
use std::time::Duration;

use super::charge::Taken;
use crate::code::UserCode;
use crate::device_grants::ReviewError;
use crate::device_grants::fault::Fault;
use crate::device_grants::inner::Inner;
use crate::grant::{Origin, Timestamp};
use crate::host::{Charge, EventKind, Visitor, network};

/// An entry that may be looked up.
#[must_use]
pub(in crate::device_grants) struct Admitted {
    pub(in crate::device_grants) taken: Taken,
    /// Set if the entry may find only grants of devices in the visitor's own networks.
    pub(in crate::device_grants) at_home: Option<AtHome>,
}

/// The networks in which the device has to be.
pub(in crate::device_grants) struct AtHome {
    networks: Vec<IpAddr>,
    /// The time after which the shared wrong entries are available again.
    pub(in crate::device_grants) retry_after: Duration,
}

impl AtHome {
    pub(in crate::device_grants) fn has(&self, origin: &Origin) -> bool {
        let origin = origin.ip.map(network);
        origin.is_some_and(|origin| self.networks.contains(&origin))
    }
}

impl Inner {
    /// Charges an entry to the visitor, to all their sources, and to the shared wrong entries of each length that the code can
    /// have. If those are used up, charges the wrong entries of the visitor's networks instead.
    ///
    /// All is taken before it is known whether the entry is wrong, so that entries that are under way at the same time cannot
    /// exceed the budgets.
    pub(in crate::device_grants) async fn charge_entry(
        &self,
        visitor: &Visitor,
        codes: &[UserCode],
        now: Timestamp,
    ) -> Result<Admitted, ReviewError> {
        // The visitor's own limits come first: if one of them is used up as well, the refusal names it, and the exception below
        // does not apply.
        let by_subject = self
            .entry_keys
            .key(format_args!("subject:{}", visitor.subject()));
        let quota = self.limits.entries_per_subject;
        let mut charges = vec![Charge::take(by_subject, quota)];
        let quota = self.limits.entries_per_source;
        charges.extend(Self::source_charges(
            &self.entry_keys,
            visitor.sources(),
            quota,
        ));
        let own = charges.len();
        let rungs = self.ladder.that_can_have(codes);
        charges.extend(rungs.map(|rung| rung.wrong_entry.clone()));
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
        // A crowd has used up the shared part. A person in the network of the device can still enter its code.
        let networks = networks_of(visitor);
        let taken = self.charge_at_home(&networks, codes, charges).await?;
        let taken = taken.ok_or(ReviewError::TooManyAttempts { retry_after })?;
        let at_home = Some(AtHome {
            networks,
            retry_after,
        });
        Ok(Admitted { taken, at_home })
    }

    /// Charges an entry to the wrong entries of these networks, in addition to `charges`. Returns `None` if there is no network, or
    /// one has used its wrong entries up.
    async fn charge_at_home(
        &self,
        networks: &[IpAddr],
        codes: &[UserCode],
        mut charges: Vec<Charge>,
    ) -> Result<Option<Taken>, Fault> {
        // No address, no network: nothing shows that the visitor is near the device.
        if networks.is_empty() {
            return Ok(None);
        }
        for rung in self.ladder.that_can_have(codes) {
            charges.extend(networks.iter().map(|network| {
                // Each network pays: the entry may find a device in any of them.
                let key = self.limit_key("entry-at-home", format_args!("{} {network}", rung.name));
                Charge::take(key, rung.wrong_entries_at_home)
            }));
        }
        let is_admitted = self.take(&charges).await?.is_ok();
        Ok(is_admitted.then_some(Taken(charges)))
    }
}

/// The networks of a visitor's addresses, each once.
fn networks_of(visitor: &Visitor) -> Vec<IpAddr> {
    let mut networks: Vec<IpAddr> = visitor.addresses().map(network).collect();
    networks.sort_unstable();
    networks.dedup();
    networks
}
