use async_trait::async_trait;
use device_grant::grant::Timestamp;
use device_grant::host::{Charge, Charged, Limiter, LimiterError, Quota};
use device_grant::limiter::MemoryLimiter;

/// A limiter that lets `generosity` times as much through as it is told to.
pub(crate) struct Generous {
    inner: MemoryLimiter,
    generosity: u32,
}

impl Generous {
    pub(crate) fn new(generosity: u32) -> Self {
        Self {
            inner: MemoryLimiter::new(),
            generosity,
        }
    }
}

#[async_trait]
impl Limiter for Generous {
    async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<Charged, LimiterError> {
        if self.generosity == 1 {
            return self.inner.charge(charges, now).await;
        }
        let more = |quota: Quota| Quota::new(quota.burst() * self.generosity, quota.period());
        let charges: Vec<Charge> = charges
            .iter()
            .map(|charge| Charge::new(charge.key.clone(), more(charge.quota), charge.debit))
            .collect();
        self.inner.charge(&charges, now).await
    }
}
