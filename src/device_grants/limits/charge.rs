use std::fmt;
use std::time::Duration;

use crate::device_grants::fault::Fault;
use crate::device_grants::inner::Inner;
use crate::host::{Charge, Charged, LimitKey, LimitKeys, Quota, Source};

/// The number of charges of an operation with one source. The list grows for more, which costs a copy.
const USUAL_CHARGES: usize = 6;

/// The charges that were taken, to be given back if the operation fails.
#[must_use]
pub(in crate::device_grants) struct Taken(pub(in crate::device_grants) Vec<Charge>);

/// The charge that the limiter refused.
pub(in crate::device_grants) struct Limited {
    /// The place of the charge in the list.
    pub(in crate::device_grants) index: usize,
    /// The key of that charge, for people.
    pub(in crate::device_grants) key: String,
    /// The time after which it would be allowed.
    pub(in crate::device_grants) retry_after: Duration,
}

impl Inner {
    /// Returns the key under which `what` is counted for `whose`, at this issuer.
    pub(in crate::device_grants) fn limit_key(
        &self,
        what: &str,
        whose: fmt::Arguments<'_>,
    ) -> LimitKey {
        LimitKeys::of(what, &self.issuer).key(whose)
    }

    /// Returns the charges for these sources. A name that several of them have is charged once.
    pub(in crate::device_grants) fn source_charges<'a>(
        keys: &LimitKeys,
        sources: impl IntoIterator<Item = &'a Source>,
        quota: Quota,
    ) -> Vec<Charge> {
        let mut charges: Vec<Charge> = Vec::with_capacity(USUAL_CHARGES);
        for source in sources {
            source.each_name(|name, times| {
                let key = keys.key(name);
                // Two addresses of one visitor often share a /48: charged twice, one wrong entry would cost two units.
                if charges.iter().all(|known| known.key != key) {
                    charges.push(Charge::take(key, quota.times(times)));
                }
            });
        }
        charges
    }

    /// Takes all charges or none.
    pub(in crate::device_grants) async fn take(
        &self,
        charges: &[Charge],
    ) -> Result<Result<(), Limited>, Fault> {
        let charged = self.limiter.charge(charges).await;
        Ok(
            match charged.map_err(|error| self.fault(Fault::limiter(error)))? {
                Charged::Allowed => Ok(()),
                Charged::Limited { index, retry_after } => {
                    let key = charges
                        // The index comes from the host's limiter, and may name no charge.
                        .get(index)
                        .map(|charge| charge.key.readable().to_owned())
                        .unwrap_or_default();
                    Err(Limited {
                        index,
                        key,
                        retry_after,
                    })
                }
            },
        )
    }

    /// Gives back exactly what was taken. If the limiter fails, or the future is dropped, the quota refills with time.
    pub(in crate::device_grants) async fn give_back(&self, taken: Taken) {
        let charges: Vec<Charge> = taken.0.into_iter().map(Charge::given_back).collect();
        if let Err(error) = self.limiter.charge(&charges).await {
            self.fault(Fault::limiter(error));
        }
    }
}
