use super::DeviceGrants;
use super::fault::Fault;
use crate::host::{Event, EventKind};

impl DeviceGrants {
    /// Forgets up to `limit` grants that are past their retention, and up to `limit` keys of the
    /// [limiter](crate::host::Limiter::purge) that owe nothing; returns the number of grants.
    ///
    /// Call it regularly, for instance once a minute: there is no timer in this crate.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    pub async fn purge(&self, limit: u32) -> Result<u64, Fault> {
        let inner = self.inner();
        let now = inner.now();
        let grants = inner
            .store
            .purge(limit)
            .await
            .map_err(|error| inner.fault(Fault::store(error)))?;
        if grants > 0 {
            inner.observe(|| Event::new(EventKind::Purged { grants }, now));
        }
        let keys = inner.limiter.purge(limit).await;
        keys.map_err(|error| inner.fault(Fault::limiter(error)))?;
        Ok(grants)
    }
}
