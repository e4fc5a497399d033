use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Holder, Pacing, Revision, Stored, Timestamp};
use device_grant::host::{GrantStore, Insertion, Polled, Replaced, StoreError};
use device_grant::store::MemoryStore;
use std::sync::Mutex;

/// Answers every look-up by user code with all grants that it has.
pub(super) struct LyingStore {
    inner: MemoryStore,
    ids: Mutex<Vec<GrantId>>,
}

impl LyingStore {
    pub(super) fn new() -> Self {
        Self {
            inner: MemoryStore::new(),
            ids: Mutex::default(),
        }
    }
}

#[async_trait]
impl GrantStore for LyingStore {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        self.ids.lock().unwrap().push(new.grant.id());
        self.inner.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        self.inner.find(id).await
    }

    async fn find_by_user_code(&self, _: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        let ids = self.ids.lock().unwrap().clone();
        let mut all = Vec::new();
        for id in ids {
            all.extend(self.inner.find(&id).await?);
        }
        Ok(all)
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        self.inner.replace(expected, next).await
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        self.inner.record_poll(id, holder, now, pacing).await
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.inner.purge(now, limit).await
    }
}
