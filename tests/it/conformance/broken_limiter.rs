#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::grant::Timestamp;
use device_grant::host::{Charge, Charged, Clock, Debit, Limiter, LimiterError, SystemClock};
use device_grant::testing::ManualClock;

use super::gap::Gap;

/// What is wrong with a [`BrokenLimiter`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    None,
    ChargesUntilRefused,
    GivesBackBeforeItIsRefused,
    NamesTheLastRefusal,
    ChargesAKeyOnce,
    RefusesNothing,
    SharesOneKey,
    StoresTheReadableKey,
    GoesByAnotherClock,
    CountsWholeSeconds,
    JudgesBeforehand,
    ForgetsWhenRefused,
    KeepsWhatIsGivenBack,
    SavesUpWhatIsGivenBack,
    StartsAnewWhenSetBack,
    PurgesDebts,
    PurgesWithoutALimit,
}

/// A simple limiter that breaks its contract in one way.
pub(super) struct BrokenLimiter {
    flaw: Flaw,
    clock: ManualClock,
    gap: Gap,
    owed: Mutex<BTreeMap<String, Timestamp>>,
}

impl BrokenLimiter {
    pub(super) fn new(flaw: Flaw, clock: ManualClock) -> Self {
        Self {
            flaw,
            clock,
            gap: Gap::default(),
            owed: Mutex::default(),
        }
    }

    fn owed(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, charge: &Charge) -> String {
        match self.flaw {
            Flaw::SharesOneKey => String::new(),
            Flaw::StoresTheReadableKey => charge.key.readable().to_owned(),
            _ => charge.key.as_str().to_owned(),
        }
    }

    fn now(&self) -> Timestamp {
        match self.flaw {
            Flaw::GoesByAnotherClock => SystemClock.now(),
            _ => self.clock.now(),
        }
    }

    fn debit(
        &self,
        charge: &Charge,
        owed: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, Duration> {
        let second =
            |time: Timestamp| Timestamp::from_micros(time.as_micros() / 1_000_000 * 1_000_000);
        let debit = match charge.debit {
            Debit::GiveBack if self.flaw == Flaw::KeepsWhatIsGivenBack => {
                return Ok(owed.unwrap_or(now));
            }
            Debit::GiveBack if self.flaw == Flaw::SavesUpWhatIsGivenBack => {
                return Ok(owed.unwrap_or(now) - charge.quota.period() / charge.quota.burst());
            }
            debit @ (Debit::Take | Debit::GiveBack) => debit,
        };
        let (owed, now) = match self.flaw {
            Flaw::CountsWholeSeconds => (owed, second(now)),
            Flaw::StartsAnewWhenSetBack => (
                owed.filter(|owed| *owed <= now + charge.quota.period()),
                now,
            ),
            _ => (owed, now),
        };
        if self.flaw == Flaw::SavesUpWhatIsGivenBack
            && let Some(saved) = owed.filter(|owed| *owed < now)
        {
            return Ok(saved + charge.quota.period() / charge.quota.burst());
        }
        charge.quota.debit(owed, now, debit)
    }

    fn judge(&self, charges: &[Charge], now: Timestamp) -> Charged {
        let mut owed = self.owed();
        let before = owed.clone();
        let mut after = before.clone();
        let mut outcome = Charged::Allowed;
        for (index, charge) in charges.iter().enumerate() {
            let key = self.key(charge);
            let from = if self.flaw == Flaw::ChargesAKeyOnce {
                &before
            } else {
                &after
            };
            match self.debit(charge, from.get(&key).copied(), now) {
                Ok(until) => _ = after.insert(key, until),
                Err(retry_after) => {
                    outcome = Charged::Limited { index, retry_after };
                    if self.flaw == Flaw::ForgetsWhenRefused {
                        owed.remove(&key);
                    }
                    if self.flaw != Flaw::NamesTheLastRefusal {
                        break;
                    }
                }
            }
        }
        let gives = charges.iter().any(|charge| charge.debit == Debit::GiveBack);
        let writes = outcome == Charged::Allowed
            || self.flaw == Flaw::ChargesUntilRefused
            || self.flaw == Flaw::GivesBackBeforeItIsRefused && gives;
        if self.flaw == Flaw::JudgesBeforehand {
            drop(owed);
            self.gap.wait();
            owed = self.owed();
        }
        if writes {
            owed.extend(after);
        }
        outcome
    }
}

#[async_trait]
impl Limiter for BrokenLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, LimiterError> {
        if charges.is_empty() && self.flaw == Flaw::RefusesNothing {
            return Ok(Charged::Limited {
                index: 0,
                retry_after: Duration::ZERO,
            });
        }
        Ok(self.judge(charges, self.now()))
    }

    async fn purge(&self, limit: u32) -> Result<u64, LimiterError> {
        let now = self.now();
        let limit = match self.flaw {
            Flaw::PurgesWithoutALimit => usize::MAX,
            _ => usize::try_from(limit).unwrap(),
        };
        let mut owed = self.owed();
        let is_paid = |until: &Timestamp| *until <= now || self.flaw == Flaw::PurgesDebts;
        let paid = owed.iter().filter(|(_, until)| is_paid(until));
        let paid: Vec<String> = paid.map(|(key, _)| key.clone()).take(limit).collect();
        owed.retain(|key, _| !paid.contains(key));
        Ok(u64::try_from(paid.len()).unwrap())
    }
}
