use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::Timestamp;
use device_grant::host::{GrantStore, NewRow, PollRecord, PortError, Replacement, Row};
use device_grant::store::MemoryStore;
use device_grant::testing::ManualClock;

/// Answers every look-up by user code with all grants that it has.
pub(super) struct LyingStore {
    inner: MemoryStore,
    ids: Mutex<Vec<GrantId>>,
}

impl LyingStore {
    pub(super) fn new(clock: ManualClock) -> Self {
        Self {
            inner: MemoryStore::new().with_clock(clock),
            ids: Mutex::default(),
        }
    }
}

#[async_trait]
impl GrantStore for LyingStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.ids.lock().unwrap().push(new.id);
        self.inner.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.inner.find(id).await
    }

    async fn find_by_user_code(&self, _: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let ids = self.ids.lock().unwrap().clone();
        let mut all = Vec::new();
        for id in ids {
            all.extend(self.inner.find(&id).await?);
        }
        Ok(all)
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.inner.replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.inner.record_poll(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

/// A change to each row that polls and waits read.
type Lie = fn(&mut Row);

pub(super) const LIES: [Lie; 2] = [
    |row| row.id = GrantId::from_bytes([7; 16]),
    |row| row.issuer = "https://other.example".into(),
];

/// Answers polls and waits with rows that are changed, once it is told to. It looks up each digest that it is asked for,
/// also one that is named twice, and its check warns of it.
#[derive(Clone)]
pub(super) struct ChangedRows<S> {
    inner: S,
    lie: Arc<Mutex<Option<Lie>>>,
}

impl<S> ChangedRows<S> {
    pub(super) fn of(inner: S) -> Self {
        let lie = Arc::default();
        Self { inner, lie }
    }

    pub(super) fn lie(&self, lie: Lie) {
        *self.lie.lock().unwrap() = Some(lie);
    }

    fn changed(&self, mut found: Option<Row>) -> Option<Row> {
        if let (Some(row), Some(lie)) = (&mut found, *self.lie.lock().unwrap()) {
            lie(row);
        }
        found
    }
}

#[async_trait]
impl<S: GrantStore> GrantStore for ChangedRows<S> {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.inner.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        Ok(self.changed(self.inner.find(id).await?))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let mut found = Vec::new();
        for code in codes {
            found.extend(self.inner.find_by_user_code(&[*code]).await?);
        }
        Ok(found)
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.inner.replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        Ok(self.changed(self.inner.record_poll(poll).await?))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(vec!["rows are changed: take another store".to_owned()])
    }
}
