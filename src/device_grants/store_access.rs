use super::fault::Fault;
use super::inner::Inner;
use super::rows::Stored;
use crate::code::GrantId;
use crate::grant::{Grant, State, Timestamp};
use crate::host::{NewRow, PortError, Row};

/// The number of tries of a compare-and-set, if other writes win or the store fails.
pub(super) const TRIES: usize = 3;

/// The outcome of a write.
#[derive(Debug)]
pub(super) enum Written {
    /// The grant is as written.
    Won(Stored),
    /// Another write was first, or the grant is deleted.
    Lost,
}

/// Insertion, reading and writing of single grants.
impl Inner {
    pub(super) async fn insert_row(&self, new: &NewRow) -> Result<Option<Timestamp>, Fault> {
        // Not tried again after a failure: if the grant was inserted, nobody has its codes, and it expires.
        let inserted = self.store.insert(new).await;
        inserted.map_err(|error| self.fault(Fault::store(error)))
    }

    /// Finds the grant with this id, if it belongs to this issuer.
    pub(super) async fn find(&self, id: &GrantId) -> Result<Option<Stored>, Fault> {
        let asked_at = self.now();
        self.found(id, self.store.find(id).await, asked_at)
    }

    /// The same at the end of an operation that would otherwise leave open what became of tokens: however many calls are slow.
    pub(super) async fn find_again(&self, id: &GrantId) -> Result<Option<Stored>, Fault> {
        let asked_at = self.now();
        self.found(id, self.store.find_again(id).await, asked_at)
    }

    fn found(
        &self,
        id: &GrantId,
        found: Result<Option<Row>, PortError>,
        asked_at: Timestamp,
    ) -> Result<Option<Stored>, Fault> {
        let row = found.map_err(|error| self.fault(Fault::store(error)))?;
        // A store that returns another row, or one of another issuer, is not believed.
        let row = row.filter(|row| row.id == *id && self.is_own(row));
        let stored = row.map(|row| Stored::read(row, asked_at)).transpose();
        stored.map_err(|error| self.fault(Fault::store(error)))
    }

    /// Returns whether the row belongs to this issuer. To an issuer, the rows of others do not exist.
    pub(super) fn is_own(&self, row: &Row) -> bool {
        row.issuer == self.issuer
    }

    /// Writes `next` over `current`, under a new revision.
    ///
    /// # Errors
    ///
    /// As [`write_at`](Self::write_at).
    pub(super) async fn write(&self, current: &Stored, next: Grant) -> Result<Written, Fault> {
        let revision = self
            .revision()
            .map_err(|error| self.fault(Fault::entropy(error)))?;
        self.write_at(current, next, revision).await
    }

    /// Writes `next` over `current`, under this revision.
    ///
    /// A store that fails may still have written. The revision shows it. At the new revision, the write happened. At the old one,
    /// it has not happened, and is tried again: each try writes the same bytes over the same revision, so it does not matter
    /// which one arrives.
    ///
    /// # Errors
    ///
    /// A fault if it remains unknown whether the write happened.
    pub(super) async fn write_at(
        &self,
        current: &Stored,
        next: Grant,
        revision: u64,
    ) -> Result<Written, Fault> {
        let is_news = !matches!(next.state(), State::Pending { .. });
        let id = next.id();
        let written = self.replace(current, next, revision).await;
        // Also after a failure, because the write may have happened. A poll that is woken in vain reads once.
        if is_news && !matches!(written, Ok(Written::Lost)) {
            self.waits.tell(&id);
        }
        written
    }

    async fn replace(
        &self,
        current: &Stored,
        next: Grant,
        revision: u64,
    ) -> Result<Written, Fault> {
        let next = current.after(next, revision);
        let replacement = self.replacement(current, &next);
        let mut unknown = None;
        for _ in 0..TRIES {
            let failure = match self.store.replace(&replacement).await {
                Ok(true) => return Ok(Written::Won(next)),
                // Lost, but only if no earlier try can have written: otherwise, the stored revision may be that of this write.
                Ok(false) if unknown.is_none() => return Ok(Written::Lost),
                Ok(false) => None,
                Err(error) => Some(error),
            };
            match self.store.find_again(&next.grant.id()).await {
                // A revision is random, so this write happened. A counter could be that of another writer.
                Ok(Some(found)) if found.revision == next.revision => {
                    return Ok(Written::Won(next));
                }
                // Not written yet. If this try still arrives later, it writes the same as the next one.
                Ok(Some(found)) if found.revision == current.revision => {}
                // Another write, perhaps after this one, or no row: `commit` reads the state to find out.
                Ok(_) => return Ok(Written::Lost),
                Err(error) => {
                    return Err(self.fault(Fault::store(failure.unwrap_or(error))));
                }
            }
            unknown = failure;
        }
        let contradicts = || PortError::unavailable("the store contradicts itself");
        Err(self.fault(Fault::store(unknown.unwrap_or_else(contradicts))))
    }

    /// Makes the fault of an operation whose every try was lost to another write.
    pub(super) fn contended(&self) -> Fault {
        self.fault(Fault::store(PortError::unavailable(
            "the grant changed under every attempt to write it",
        )))
    }
}
