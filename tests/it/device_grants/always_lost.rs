use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::Timestamp;
use device_grant::host::{GrantStore, NewRow, PollRecord, PortError, Replacement, Row};

/// Lets no compare-and-set win, as if somebody else were always faster.
pub(super) struct AlwaysLost<S>(S);

impl<S> AlwaysLost<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(inner)
    }
}

#[async_trait]
impl<S: GrantStore> GrantStore for AlwaysLost<S> {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.0.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.0.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.0.find_by_user_code(codes).await
    }

    async fn replace(&self, _: &Replacement) -> Result<bool, PortError> {
        Ok(false)
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.0.record_poll(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.0.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.0.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.0.check().await
    }
}
