//! A store and an issuer that suspend before each call, and can be told to fail the next one.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::Timestamp;
use device_grant::host::{
    GrantStore, IssueError, NewRow, PollRecord, PortError, Redemption, Replacement, Row,
    TokenIssuer,
};
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::testing::ScriptedIssuer;

/// Trouble that awaits the next call, as an operation of a schedule makes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    /// The next write is written, and its reply is lost.
    ReplyLost,
    /// The next call of the store does nothing and fails.
    StoreFails,
    /// The next attempt to issue tokens fails for now.
    IssuerFails,
    /// The next attempt to issue tokens is refused.
    IssuerRefuses,
}

/// A rule of the store contract that a store does not keep, to see that the search finds it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Breach {
    #[default]
    None,
    /// `replace` writes over any revision.
    AnyRevision,
    /// `replace` says that it won, though another writer did.
    AlwaysWon,
}

/// Where an operation waits for its turn, and what awaits it then.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    suspends: AtomicBool,
    troubles: Mutex<Vec<Trouble>>,
}

impl Stage {
    /// Suspends each call from now on, or none.
    pub(crate) fn suspend(&self, suspends: bool) {
        self.suspends.store(suspends, Ordering::Relaxed);
    }

    pub(crate) fn bring(&self, trouble: Trouble) {
        self.troubles.lock().unwrap().push(trouble);
    }

    /// Whatever has not struck yet never will.
    pub(crate) fn heal(&self) {
        self.troubles.lock().unwrap().clear();
    }

    async fn turn(&self) {
        let mut waits = self.suspends.load(Ordering::Relaxed);
        poll_fn(|_| {
            if std::mem::take(&mut waits) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }

    fn strikes(&self, trouble: Trouble) -> bool {
        let mut troubles = self.troubles.lock().unwrap();
        let found = troubles.iter().position(|&awaits| awaits == trouble);
        found.map(|index| troubles.remove(index)).is_some()
    }
}

pub(crate) struct StagedStore {
    pub(crate) inner: MemoryStore,
    pub(crate) stage: Arc<Stage>,
    pub(crate) breach: Breach,
}

impl StagedStore {
    async fn reach(&self) -> Result<(), PortError> {
        self.stage.turn().await;
        if self.stage.strikes(Trouble::StoreFails) {
            return Err(PortError::unavailable("away"));
        }
        Ok(())
    }

    fn written<T>(&self, value: T) -> Result<T, PortError> {
        if self.stage.strikes(Trouble::ReplyLost) {
            return Err(PortError::unavailable("the reply was lost"));
        }
        Ok(value)
    }
}

#[async_trait]
impl GrantStore for StagedStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.reach().await?;
        let inserted = self.inner.insert(new).await?;
        self.written(inserted)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.reach().await?;
        self.inner.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.reach().await?;
        self.inner.find_by_user_code(codes).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.reach().await?;
        let mut replacement = replacement.clone();
        if self.breach == Breach::AnyRevision
            && let Some(row) = self.inner.find(&replacement.id).await?
        {
            replacement.expected = row.revision;
        }
        let won = self.inner.replace(&replacement).await?;
        self.written(won || self.breach == Breach::AlwaysWon)
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.reach().await?;
        let polled = self.inner.record_poll(poll).await?;
        self.written(polled)
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.reach().await?;
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.reach().await?;
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

pub(crate) struct StagedIssuer {
    pub(crate) inner: ScriptedIssuer,
    pub(crate) stage: Arc<Stage>,
}

#[async_trait]
impl TokenIssuer for StagedIssuer {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        self.stage.turn().await;
        if self.stage.strikes(Trouble::IssuerFails) {
            return Err(IssueError::unavailable("away"));
        }
        if self.stage.strikes(Trouble::IssuerRefuses) {
            return Err(ErrorResponse::access_denied().into());
        }
        self.inner.issue(redemption).await
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        self.inner.discard(redemption, tokens).await;
    }
}
