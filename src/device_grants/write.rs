use super::fault::Fault;
use super::ports::Ports;
use crate::grant::{Grant, Stored};
use crate::host::{Replaced, StoreError};

/// How often a compare-and-set is tried again, in the face of races or of a store that does not answer.
pub(super) const TRIES: usize = 3;

/// The outcome of a write.
#[derive(Debug)]
pub(super) enum Written {
    /// The grant is as written.
    Won(Stored),
    /// Somebody else was first, or the grant is forgotten.
    Lost,
}

impl Ports {
    /// Writes `next` over `current`, under a new revision.
    ///
    /// # Errors
    ///
    /// As [`write_at`](Self::write_at).
    pub(super) async fn write(&self, current: &Stored, next: Grant) -> Result<Written, Fault> {
        let revision = self.revision().map_err(|error| self.fault(error))?;
        self.write_at(current, Stored::new(next, revision)).await
    }

    /// Writes `next` over `current`.
    ///
    /// A store that fails may have written all the same. The revision tells: at the new one, the write
    /// happened; at the old one, it has not, and is tried again; the same bytes over the same revision
    /// cannot harm, whichever of the tries arrives.
    ///
    /// # Errors
    ///
    /// A fault when it remains unknown whether the write happened.
    pub(super) async fn write_at(&self, current: &Stored, next: Stored) -> Result<Written, Fault> {
        let mut unknown = None;
        for _ in 0..TRIES {
            let failure = match self.store.replace(current.revision, &next).await {
                Ok(Replaced::Won) => return Ok(Written::Won(next)),
                Ok(Replaced::Lost) if unknown.is_none() => return Ok(Written::Lost),
                Ok(Replaced::Lost) => None,
                Err(error) => Some(error),
            };
            match self.store.find(&next.grant.id()).await {
                Ok(Some(found)) if found.revision == next.revision => {
                    return Ok(Written::Won(next));
                }
                Ok(Some(found)) if found.revision == current.revision => {}
                Ok(_) => return Ok(Written::Lost),
                Err(error) => return Err(self.fault(failure.unwrap_or(error))),
            }
            unknown = failure;
        }
        Err(self.fault(
            unknown.unwrap_or_else(|| StoreError::unavailable("the store contradicts itself")),
        ))
    }

    pub(super) async fn find(&self, id: &crate::code::GrantId) -> Result<Option<Stored>, Fault> {
        self.store.find(id).await.map_err(|error| self.fault(error))
    }

    /// What is answered when every try of a compare-and-set was lost to somebody else.
    pub(super) fn contended(&self) -> Fault {
        self.fault(StoreError::unavailable(
            "the grant changed under every attempt to write it",
        ))
    }
}
