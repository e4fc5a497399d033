//! A store and an issuer that suspend before each call, and can be told to fail the next one.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::Timestamp;
use device_grant::host::{
    Body, Entropy, GrantStore, IssueError, NewRow, PollRecord, PortError, Redemption, Replacement,
    Row, TokenIssuer,
};
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::testing::{ScriptedIssuer, SeededEntropy};

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
pub(crate) struct Stage(Mutex<Scene>);

#[derive(Debug, Default)]
struct Scene {
    suspends: bool,
    troubles: Vec<Trouble>,
    /// The operations, and which of them has its turn. Before and after the schedule there is none.
    actors: Vec<Actor>,
    turn: Option<usize>,
    /// The outcomes of the polls that the store has paced.
    paced: Vec<String>,
}

/// An operation, as far as it differs from run to run: what it has heard, and its random numbers. Each has numbers of its
/// own, so that they do not depend on who was first.
#[derive(Debug)]
struct Actor {
    heard: Vec<String>,
    random: SeededEntropy,
}

impl Stage {
    /// Suspends each call of so many operations from now on.
    pub(crate) fn begin(&self, operations: usize) {
        let mut scene = self.0.lock().unwrap();
        scene.suspends = true;
        let actor = |number| Actor {
            heard: Vec::new(),
            random: SeededEntropy::new(number),
        };
        scene.actors = (1..).map(actor).take(operations).collect();
    }

    /// Suspends nothing any more; whatever has not struck yet never will.
    pub(crate) fn end(&self) {
        let mut scene = self.0.lock().unwrap();
        (scene.suspends, scene.turn) = (false, None);
        scene.troubles.clear();
    }

    pub(crate) fn bring(&self, trouble: Trouble) {
        self.0.lock().unwrap().troubles.push(trouble);
    }

    /// It is the turn of this operation, at this time.
    pub(crate) fn turn_to(&self, operation: usize, now: Timestamp) {
        self.0.lock().unwrap().turn = Some(operation);
        self.note(&now);
    }

    /// The rest of a run of these operations depends on this, and on the grant.
    pub(crate) fn state(&self, operations: impl Iterator<Item = usize>) -> String {
        let scene = self.0.lock().unwrap();
        let heard: Vec<_> = operations
            .map(|number| (number, &scene.actors[number].heard))
            .collect();
        format!("{:?} {:?} {heard:?}", scene.troubles, scene.paced)
    }

    /// The pace depends on the polls that were judged, which no row shows.
    fn paced(&self, row: Option<&Row>) {
        if let Some(row) = row.filter(|row| row.paced.is_some()) {
            let judged = format!("{:?} {:?}", row.read_at, row.paced);
            self.0.lock().unwrap().paced.push(judged);
        }
    }

    /// The operation whose turn it is hears this.
    fn note(&self, heard: &impl fmt::Debug) {
        let scene = &mut *self.0.lock().unwrap();
        if let Some(turn) = scene.turn {
            scene.actors[turn].heard.push(format!("{heard:?}"));
        }
    }

    async fn turn(&self) {
        let mut waits = self.0.lock().unwrap().suspends;
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
        let troubles = &mut self.0.lock().unwrap().troubles;
        let found = troubles.iter().position(|&awaits| awaits == trouble);
        found.map(|index| troubles.remove(index)).is_some()
    }
}

/// Draws the numbers of the operation whose turn it is.
pub(crate) struct StagedEntropy {
    pub(crate) stage: Arc<Stage>,
    pub(crate) before: SeededEntropy,
}

impl Entropy for StagedEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        let scene = self.stage.0.lock().unwrap();
        match scene.turn {
            Some(turn) => scene.actors[turn].random.fill(bytes),
            None => self.before.fill(bytes),
        }
    }
}

pub(crate) struct StagedStore {
    pub(crate) inner: Arc<MemoryStore>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) breach: Breach,
}

impl StagedStore {
    async fn reach(&self) -> Result<(), PortError> {
        self.stage.turn().await;
        if self.stage.strikes(Trouble::StoreFails) {
            self.stage.note(&"away");
            return Err(PortError::unavailable("away"));
        }
        Ok(())
    }

    fn written<T: fmt::Debug>(&self, value: T) -> Result<T, PortError> {
        if self.stage.strikes(Trouble::ReplyLost) {
            self.stage.note(&"the reply was lost");
            return Err(PortError::unavailable("the reply was lost"));
        }
        self.stage.note(&value);
        Ok(value)
    }

    /// The operation whose turn it is hears what a row has in it.
    fn read(&self, row: Option<&Row>) {
        self.stage.note(&row.map(content));
    }
}

/// The row as a store outside this process returns it.
fn in_bytes(mut row: Row) -> Row {
    row.body = Body::from(row.body.as_bytes());
    row
}

/// A row with its body, which `Debug` leaves out.
pub(crate) fn content(row: &Row) -> String {
    format!("{row:?} {}", String::from_utf8_lossy(row.body.as_bytes()))
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
        let found = self.inner.find(id).await?.map(in_bytes);
        self.read(found.as_ref());
        Ok(found)
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.reach().await?;
        let found = self.inner.find_by_user_code(codes).await?;
        let found: Vec<Row> = found.into_iter().map(in_bytes).collect();
        self.read(found.first());
        Ok(found)
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
        let polled = self.inner.record_poll(poll).await?.map(in_bytes);
        self.stage.paced(polled.as_ref());
        self.read(polled.as_ref());
        self.written(polled)
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.reach().await?;
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.reach().await?;
        let purged = self.inner.purge(limit).await?;
        self.stage.note(&purged);
        Ok(purged)
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

pub(crate) struct StagedIssuer {
    pub(crate) inner: ScriptedIssuer,
    pub(crate) stage: Arc<Stage>,
}

impl StagedIssuer {
    async fn answer(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        if self.stage.strikes(Trouble::IssuerFails) {
            return Err(IssueError::unavailable("away"));
        }
        if self.stage.strikes(Trouble::IssuerRefuses) {
            return Err(ErrorResponse::access_denied().into());
        }
        self.inner.issue(redemption).await
    }
}

#[async_trait]
impl TokenIssuer for StagedIssuer {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        self.stage.turn().await;
        let answer = self.answer(redemption).await;
        self.stage
            .note(&answer.as_ref().map(|tokens| &tokens.access_token));
        answer
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        self.inner.discard(redemption, tokens).await;
    }
}
