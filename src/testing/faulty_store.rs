use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Disruption, Occasion, StoreCall};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Body, GrantDirectory, GrantStore, NewRow, PageRequest, PollRecord, PortError, Replacement, Row,
};

/// A store that passes calls on to another one, fails when the test says so, and records the calls.
/// Clones are the same store. Its rows have their bodies as bytes, like those of a store outside this process.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::{
///     Disruption, FaultyStore, ManualClock, Poll, Scenario, ScriptedIssuer, StoreCall,
/// };
///
/// let clock = ManualClock::new();
/// let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
/// let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| builder.store(store.clone()))?;
/// let tv = t.device("tv").authorize("openid")?;
/// t.visitor("alice").approve(&tv)?;
///
/// // The commit is written, and its acknowledgement is lost.
/// store.disrupt(StoreCall::Replace.nth(2), Disruption::FailAfter);
/// assert_eq!(tv.poll()?, Poll::Tokens);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FaultyStore<S> {
    inner: Arc<S>,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    rules: Vec<Rule>,
    calls: Vec<StoreCall>,
    /// The writes that arrive after this number of further calls.
    under_way: Vec<(usize, Write)>,
}

struct Rule {
    call: Option<StoreCall>,
    /// The number of calls until it applies; `None` for every call.
    left: Option<usize>,
    how: Disruption,
}

/// A write that has not arrived yet.
enum Write {
    Insert(NewRow),
    Replace(Replacement),
    RecordPoll(PollRecord),
    Purge(u32),
}

impl<S> FaultyStore<S> {
    /// A store that passes all calls on to `inner`.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self {
            inner: Arc::new(inner),
            plan: Arc::default(),
        }
    }

    /// Makes it fail in this way on this occasion.
    pub fn disrupt(&self, occasion: Occasion, how: Disruption) {
        self.plan().rules.push(Rule {
            call: occasion.call,
            left: occasion.nth,
            how,
        });
    }

    /// Removes all disruptions that have not happened yet.
    pub fn heal(&self) {
        self.plan().rules.clear();
    }

    /// Returns the recorded calls, including failed ones.
    #[must_use]
    pub fn calls(&self) -> Vec<StoreCall> {
        self.plan().calls.clone()
    }

    /// Clears the record of calls.
    pub fn forget_calls(&self) {
        self.plan().calls.clear();
    }

    /// Returns the inner store.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: GrantStore> FaultyStore<S> {
    async fn run<T>(
        &self,
        call: StoreCall,
        write: Option<Write>,
        work: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        let (how, overdue) = self.plan().begin(call);
        // A future does nothing before its first poll, so a call that is not done leaves `work` as it is.
        let done = match &how {
            None | Some(Disruption::FailAfter | Disruption::HangAfter | Disruption::PanicAfter) => {
                Some(work.await)
            }
            Some(Disruption::Meanwhile(happens)) => {
                happens();
                Some(work.await)
            }
            Some(Disruption::FailThenDo) => {
                self.plan().delay(write, 1);
                None
            }
            Some(Disruption::PanicThenDo(calls)) => {
                self.plan().delay(write, *calls);
                None
            }
            Some(Disruption::FailBefore | Disruption::HangBefore | Disruption::PanicBefore) => None,
        };
        for write in overdue {
            self.arrive(write).await;
        }
        match (how, done) {
            (None | Some(Disruption::Meanwhile(_)), Some(result)) => result,
            (Some(Disruption::HangBefore | Disruption::HangAfter), _) => {
                std::future::pending().await
            }
            // Unlike `panic!`, this prints nothing among the output of the tests.
            (
                Some(Disruption::PanicBefore | Disruption::PanicAfter | Disruption::PanicThenDo(_)),
                _,
            ) => std::panic::resume_unwind(Box::new("the test says so")),
            (_, _) => Err(PortError::unavailable("the test cut the connection")),
        }
    }

    /// Does all writes that are still under way; returns their number.
    pub(crate) async fn settle(&self) -> usize {
        let late = std::mem::take(&mut self.plan().under_way);
        let count = late.len();
        for (_, write) in late {
            self.arrive(write).await;
        }
        count
    }

    /// Does a write that was under way. Its outcome is ignored, because its caller is gone.
    async fn arrive(&self, write: Write) {
        let _ = match write {
            Write::Insert(new) => self.inner.insert(&new).await.map(drop),
            Write::Replace(replacement) => self.inner.replace(&replacement).await.map(drop),
            Write::RecordPoll(poll) => self.inner.record_poll(&poll).await.map(drop),
            Write::Purge(limit) => self.inner.purge(limit).await.map(drop),
        };
    }
}

impl Plan {
    /// Notes the call; returns how it fails, and the writes that arrive after it.
    fn begin(&mut self, call: StoreCall) -> (Option<Disruption>, Vec<Write>) {
        self.calls.push(call);
        let mut how = None;
        self.rules.retain_mut(|rule| {
            if rule.call.is_some_and(|other| other != call) {
                return true;
            }
            let is_due = rule.left.as_mut().is_none_or(|left| {
                *left = left.saturating_sub(1);
                *left == 0
            });
            if is_due {
                // The first rule decides. The others count the call all the same.
                how.get_or_insert_with(|| rule.how.clone());
            }
            !is_due || rule.left.is_none()
        });
        (how, self.overdue())
    }

    fn delay(&mut self, write: Option<Write>, calls: usize) {
        self.under_way.extend(write.map(|write| (calls, write)));
    }

    /// Takes the writes that arrive with this call.
    fn overdue(&mut self) -> Vec<Write> {
        let mut overdue = Vec::new();
        for (left, write) in std::mem::take(&mut self.under_way) {
            match left.checked_sub(1) {
                Some(0) => overdue.push(write),
                Some(left) => self.under_way.push((left, write)),
                None => {}
            }
        }
        overdue
    }
}

/// The row, without what its body keeps for stores in memory.
fn in_bytes(mut row: Row) -> Row {
    row.body = Body::from(row.body.as_bytes());
    row
}

#[async_trait]
impl<S: GrantStore> GrantStore for FaultyStore<S> {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let write = Write::Insert(new.clone());
        let work = self.inner.insert(new);
        self.run(StoreCall::Insert, Some(write), work).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let work = self.inner.find(id);
        let found = self.run(StoreCall::Find, None, work).await?;
        Ok(found.map(in_bytes))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let work = self.inner.find_by_user_code(codes);
        let found = self.run(StoreCall::FindByUserCode, None, work).await?;
        Ok(found.into_iter().map(in_bytes).collect())
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let write = Write::Replace(replacement.clone());
        let work = self.inner.replace(replacement);
        self.run(StoreCall::Replace, Some(write), work).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let write = Write::RecordPoll(poll.clone());
        let work = self.inner.record_poll(poll);
        let found = self.run(StoreCall::RecordPoll, Some(write), work).await?;
        Ok(found.map(in_bytes))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.run(StoreCall::Now, None, self.inner.now()).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let work = self.inner.purge(limit);
        self.run(StoreCall::Purge, Some(Write::Purge(limit)), work)
            .await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

#[async_trait]
impl<S: GrantStore + GrantDirectory> GrantDirectory for FaultyStore<S> {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        let work = self.inner.list(page);
        let listed = self.run(StoreCall::List, None, work).await?;
        Ok(listed.into_iter().map(in_bytes).collect())
    }
}

impl<S> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            plan: Arc::clone(&self.plan),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
