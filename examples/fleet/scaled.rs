use async_trait::async_trait;
use device_grant::host::{Charge, Charged, Limiter, PortError, Quota};
use device_grant::limiter::MemoryLimiter;

use crate::time::Time;

/// A limiter for a sample of a fleet: what everybody may take together is divided by the devices that one stands for.
pub(crate) struct Scaled {
    inner: MemoryLimiter,
    one_in: u32,
    /// The quotas of one account or address, which stay as they are.
    personal: Vec<Quota>,
}

impl Scaled {
    pub(crate) fn new(one_in: u32, personal: Vec<Quota>, time: Time) -> Self {
        Self {
            inner: MemoryLimiter::new().with_clock(time),
            one_in,
            personal,
        }
    }

    fn scale(&self, charge: &Charge) -> Charge {
        let mut charge = charge.clone();
        let quota = charge.quota;
        // A quota of two is that of a condition: half of what a key may owe, whatever that is.
        if quota.burst() > 2 && !self.personal.contains(&quota) {
            charge.quota = Quota::new(quota.burst() / self.one_in, quota.period());
        }
        charge
    }
}

#[async_trait]
impl Limiter for Scaled {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if self.one_in == 1 {
            return self.inner.charge(charges).await;
        }
        let charges: Vec<Charge> = charges.iter().map(|charge| self.scale(charge)).collect();
        self.inner.charge(&charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}
