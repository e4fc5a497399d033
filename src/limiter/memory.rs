use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;

use super::judge::judge;
use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Clock, Debt, Limiter, PortError, System};
use crate::sync::{Mutex, MutexGuard};

/// A limiter in the memory of one process. Its counts are lost when the process ends.
///
/// It has one lock, held for a few map look-ups: codes are entered and requested far less often than devices
/// poll, and polls are not limited. Keys without a debt are deleted now and then, so that the used memory
/// follows the rate of charges.
///
/// ```
/// use device_grant::limiter::MemoryLimiter;
/// assert_eq!(MemoryLimiter::new().len(), 0);
/// ```
pub struct MemoryLimiter {
    owed: Mutex<Owed>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Owed {
    debts: HashMap<u128, Debt>,
    /// Room for the debts of one call.
    debited: Vec<(u128, Debt)>,
    /// The number of keys at which those without a debt are dropped.
    sweep_at: usize,
}

/// Fewer keys than this are not worth looking through.
const FEW_KEYS: usize = 1_024;

impl MemoryLimiter {
    /// A limiter without counts.
    #[must_use]
    pub fn new() -> Self {
        Self {
            owed: Mutex::default(),
            clock: Arc::new(System),
        }
    }

    /// Sets the clock. Default: the system's. [`Builder::in_memory`](crate::Builder::in_memory)
    /// passes the builder's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns the number of stored keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().debts.len()
    }

    /// Returns true if it has no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limiter for MemoryLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        let owed = &mut *self.lock();
        // After the lock: a time before that of the charge that it waited for would look like a clock that was set
        // back.
        let now = self.clock.now();
        let stored = |key| owed.debts.get(&key).copied();
        let key = |charge: &Charge| charge.key.digest();
        if let Err(limited) = judge(charges, now, key, stored, &mut owed.debited) {
            return Ok(limited);
        }
        for (key, debt) in owed.debited.drain(..) {
            // Giving back to unknown keys must not fill the memory.
            if debt.owed_until <= now {
                owed.debts.remove(&key);
            } else {
                owed.debts.insert(key, debt);
            }
        }
        owed.sweep(now);
        Ok(Charged::Allowed)
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let mut owed = self.lock();
        let now = self.clock.now();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let paid = owed.debts.extract_if(|_, debt| debt.owed_until <= now);
        Ok(u64::try_from(paid.take(limit).count()).unwrap_or(u64::MAX))
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl Owed {
    /// Drops keys without a debt each time the number of keys has doubled: a constant cost per charge.
    fn sweep(&mut self, now: Timestamp) {
        if self.debts.len() > self.sweep_at.max(FEW_KEYS) {
            self.debts.retain(|_, debt| debt.owed_until > now);
            self.sweep_at = self.debts.len() * 2;
            // Looking through costs what there is room for: after a burst, far more than what is kept.
            self.debts.shrink_to(self.sweep_at.max(FEW_KEYS));
        }
    }
}

impl fmt::Debug for MemoryLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimiter")
            .field("keys", &self.len())
            .finish()
    }
}
