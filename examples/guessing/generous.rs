use async_trait::async_trait;
use device_grant::host::{Charge, Charged, Clock, Limiter, PortError, Quota};
use device_grant::limiter::MemoryLimiter;

/// A limiter that lets `generosity` times as much through as it is told to.
pub(crate) struct Generous {
    inner: MemoryLimiter,
    generosity: u32,
}

impl Generous {
    pub(crate) fn new(generosity: u32, clock: impl Clock + 'static) -> Self {
        Self {
            inner: MemoryLimiter::new().with_clock(clock),
            generosity,
        }
    }
}

#[async_trait]
impl Limiter for Generous {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if self.generosity == 1 {
            return self.inner.charge(charges).await;
        }
        let more = |quota: Quota| Quota::new(quota.burst() * self.generosity, quota.period());
        let charges: Vec<Charge> = charges
            .iter()
            .map(|charge| {
                let mut charge = charge.clone();
                charge.quota = more(charge.quota);
                charge
            })
            .collect();
        self.inner.charge(&charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}
