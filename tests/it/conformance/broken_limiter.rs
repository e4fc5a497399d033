#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::grant::Timestamp;
use device_grant::host::{Charge, Charged, Clock, Debt, Limiter, PortError, System};
use device_grant::testing::ManualClock;

use super::gap::Gap;

/// The flaw of a [`BrokenLimiter`].
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
    TakesAForeignDebtForNone,
    KeepsAForeignDebtWhole,
    PurgesDebts,
    PurgesWithoutALimit,
    AddsKeysOfTheRefused,
    AddsKeysThatGiveBack,
}

/// A simple limiter that breaks its contract in one way.
pub(super) struct BrokenLimiter {
    flaw: Flaw,
    clock: ManualClock,
    gap: Gap,
    owed: Mutex<BTreeMap<String, Debt>>,
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

    fn owed(&self) -> MutexGuard<'_, BTreeMap<String, Debt>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, charge: &Charge) -> String {
        match self.flaw {
            Flaw::SharesOneKey => String::new(),
            Flaw::StoresTheReadableKey => charge.key.readable().to_owned(),
            _ => charge.key.as_str().to_owned(),
        }
    }

    fn keeps_what_owes_nothing(&self) -> bool {
        matches!(
            self.flaw,
            Flaw::SavesUpWhatIsGivenBack
                | Flaw::AddsKeysOfTheRefused
                | Flaw::AddsKeysThatGiveBack
                | Flaw::PurgesWithoutALimit
        )
    }

    fn now(&self) -> Timestamp {
        match self.flaw {
            Flaw::GoesByAnotherClock => System.now(),
            _ => self.clock.now(),
        }
    }

    fn debit(&self, charge: &Charge, owed: Option<Debt>, now: Timestamp) -> Result<Debt, Duration> {
        let unit = charge.quota.period() / charge.quota.burst();
        let debt = |owed_until| Debt {
            owed_until,
            period: charge.quota.period(),
        };
        let until = owed.map_or(now, |debt| debt.owed_until);
        let second =
            |time: Timestamp| Timestamp::from_micros(time.as_micros() / 1_000_000 * 1_000_000);
        if charge.gives_back && self.flaw == Flaw::KeepsWhatIsGivenBack {
            return Ok(debt(until));
        }
        if charge.gives_back && self.flaw == Flaw::SavesUpWhatIsGivenBack {
            return Ok(debt(until - unit));
        }
        if self.flaw == Flaw::SavesUpWhatIsGivenBack
            && let Some(saved) = owed.filter(|debt| debt.owed_until < now)
        {
            return Ok(debt(saved.owed_until + unit));
        }
        let period = charge.quota.period();
        let is_beyond =
            |debt: &Debt, periods: u32| debt.owed_until > now + charge.quota.period() * periods;
        let (owed, now) = match self.flaw {
            Flaw::CountsWholeSeconds => (owed, second(now)),
            Flaw::StartsAnewWhenSetBack => (
                owed.filter(|debt| debt.owed_until <= now + debt.period),
                now,
            ),
            Flaw::TakesAForeignDebtForNone => (owed.filter(|debt| !is_beyond(debt, 2)), now),
            Flaw::KeepsAForeignDebtWhole => {
                if let Some(debt) = owed.filter(|debt| debt.period != period && is_beyond(debt, 1))
                {
                    return Err(debt.owed_until.duration_until(now));
                }
                (owed, now)
            }
            _ => (owed, now),
        };
        let debited = charge.debit(owed, now);
        debited.ok_or_else(|| charge.quota.retry_after(owed, now))
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
                Ok(debt) => _ = after.insert(key, debt),
                Err(retry_after) => {
                    outcome = Charged::limited(index, retry_after);
                    if self.flaw == Flaw::ForgetsWhenRefused {
                        owed.remove(&key);
                    }
                    if self.flaw != Flaw::NamesTheLastRefusal {
                        break;
                    }
                }
            }
        }
        let gives = charges.iter().any(|charge| charge.gives_back);
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
        } else if self.flaw == Flaw::AddsKeysOfTheRefused {
            for charge in charges {
                let nothing = Debt {
                    owed_until: now,
                    period: charge.quota.period(),
                };
                owed.entry(self.key(charge)).or_insert(nothing);
            }
        }
        if !self.keeps_what_owes_nothing() {
            owed.retain(|_, debt| debt.owed_until > now);
        }
        outcome
    }
}

#[async_trait]
impl Limiter for BrokenLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if charges.is_empty() && self.flaw == Flaw::RefusesNothing {
            return Ok(Charged::limited(0, Duration::ZERO));
        }
        Ok(self.judge(charges, self.now()))
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let now = self.now();
        let limit = match self.flaw {
            Flaw::PurgesWithoutALimit => usize::MAX,
            _ => usize::try_from(limit).unwrap(),
        };
        let mut owed = self.owed();
        let is_paid = |debt: &Debt| debt.owed_until <= now || self.flaw == Flaw::PurgesDebts;
        let paid = owed.iter().filter(|(_, debt)| is_paid(debt));
        let paid: Vec<String> = paid.map(|(key, _)| key.clone()).take(limit).collect();
        owed.retain(|key, _| !paid.contains(key));
        Ok(u64::try_from(paid.len()).unwrap())
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}
