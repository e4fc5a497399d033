//! Stores and limiters that work for callers who are not on a runtime, such as the racers of a clause.

use std::sync::LazyLock;

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Holder, Pacing, Revision, Stored, Timestamp};
use device_grant::host::{
    Charge, Charged, GrantStore, Insertion, Limiter, LimiterError, Polled, Replaced, StoreError,
};
use device_grant::limiter::RedisLimiter;
use device_grant::store::RedisStore;
use tokio::runtime::Runtime;

pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Does what it is asked on [`RUNTIME`].
pub(crate) struct OnRuntime<T>(pub(crate) T);

async fn on_runtime<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    RUNTIME.spawn(work).await.unwrap()
}

#[async_trait]
impl GrantStore for OnRuntime<RedisStore> {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        let (store, new) = (self.0.clone(), new.clone());
        on_runtime(async move { store.insert(&new).await }).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        let (store, id) = (self.0.clone(), *id);
        on_runtime(async move { store.find(&id).await }).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        let (store, codes) = (self.0.clone(), codes.to_vec());
        on_runtime(async move { store.find_by_user_code(&codes).await }).await
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        let (store, next) = (self.0.clone(), next.clone());
        on_runtime(async move { store.replace(expected, &next).await }).await
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        let (store, id, holder, pacing) = (self.0.clone(), *id, holder.clone(), *pacing);
        on_runtime(async move { store.record_poll(&id, &holder, now, &pacing).await }).await
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let store = self.0.clone();
        on_runtime(async move { store.purge(now, limit).await }).await
    }
}

#[async_trait]
impl Limiter for OnRuntime<RedisLimiter> {
    async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<Charged, LimiterError> {
        let (limiter, charges) = (self.0.clone(), charges.to_vec());
        on_runtime(async move { limiter.charge(&charges, now).await }).await
    }
}
