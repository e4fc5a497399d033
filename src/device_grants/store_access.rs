use super::fault::Fault;
use super::inner::Inner;
use super::rows::Stored;
use crate::code::GrantId;
use crate::grant::{Grant, State, Timestamp};
use crate::host::{NewRow, PortError, Row};

/// The number of times that a compare-and-set is tried again, in the face of races or of a store that does not answer.
pub(super) const TRIES: usize = 3;

/// The outcome of a write.
#[derive(Debug)]
pub(super) enum Written {
    /// The grant is as written.
    Won(Stored),
    /// Somebody else was first, or the grant is forgotten.
    Lost,
}

/// The only doors to the store.
impl Inner {
    pub(super) async fn insert_row(&self, new: &NewRow) -> Result<Option<Timestamp>, Fault> {
        // Not tried again after a failure: if the grant is there, nobody has its codes, and it expires.
        let inserted = self.store.insert(new).await;
        inserted.map_err(|error| self.fault(Fault::store(error)))
    }

    /// The grant with this id, if it is one of this issuer.
    pub(super) async fn find(&self, id: &GrantId) -> Result<Option<Stored>, Fault> {
        let asked_at = self.now();
        let found = self.store.find(id).await;
        let row = found.map_err(|error| self.fault(Fault::store(error)))?;
        // A store may answer with something that was not asked for, and must not be believed.
        let row = row.filter(|row| row.id == *id && self.is_own(row));
        let stored = row.map(|row| Stored::read(row, asked_at)).transpose();
        stored.map_err(|error| self.fault(Fault::store(error)))
    }

    /// Returns whether the row is of this issuer. To it, those of others do not exist.
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
    /// A store that fails may have written all the same. The revision tells: at the new one, the write
    /// happened; at the old one, it has not, and is tried again; the same bytes over the same revision
    /// cannot harm, whichever of the tries arrives.
    ///
    /// # Errors
    ///
    /// A fault when it remains unknown whether the write happened.
    pub(super) async fn write_at(
        &self,
        current: &Stored,
        next: Grant,
        revision: u64,
    ) -> Result<Written, Fault> {
        let is_news = !matches!(next.state(), State::Pending { .. });
        let id = next.id();
        let written = self.replace(current, next, revision).await;
        // A write that failed may have happened; a poll that is woken for nothing looks once.
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
                // Lost for certain only if no earlier try may have written: the revision could be ours.
                Ok(false) if unknown.is_none() => return Ok(Written::Lost),
                Ok(false) => None,
                Err(error) => Some(error),
            };
            match self.store.find_again(&next.grant.id()).await {
                // A revision is random, so it is this write: a counter could be another writer's.
                Ok(Some(found)) if found.revision == next.revision => {
                    return Ok(Written::Won(next));
                }
                // Not written yet, and the next try may still be overtaken by this one: both write the same.
                Ok(Some(found)) if found.revision == current.revision => {}
                // Another revision, which may lie on top of this write, or no row: `commit` reads the state to tell.
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

    /// The fault when every try of a compare-and-set was lost to somebody else.
    pub(super) fn contended(&self) -> Fault {
        self.fault(Fault::store(PortError::unavailable(
            "the grant changed under every attempt to write it",
        )))
    }
}
