use std::sync::Arc;

use async_trait::async_trait;

use super::Cause;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Grant, Holder, Paced, Pacing, Revision, Stored, Timestamp};

/// Where grants live.
///
/// Six operations, each one atomic step on one grant. Every rule of the protocol reaches the store as
/// data; the only arithmetic that a store repeats in its own language is that of
/// [`Pace::poll`](crate::grant::Pace::poll).
///
/// # Contract
///
/// 1. **Insert once.** [`insert`](Self::insert) succeeds only if neither the id nor the user-code digest
///    is taken by a grant that is still remembered, and then the grant is found by both. *Broken: two
///    devices share a code, and one end user's approval signs in the other's device.*
/// 2. **Read what was written.** [`find`](Self::find) and [`find_by_user_code`](Self::find_by_user_code)
///    see every write that was acknowledged before they were called; no lagging replica. *Broken: a
///    denied grant is still redeemed.*
/// 3. **Replace is compare-and-set.** [`replace`](Self::replace) writes only over the expected revision,
///    in one atomic step; of any number of racing writers that expect the same one, exactly one wins.
///    *Broken: one approval yields two sets of tokens.*
/// 4. **Replace never inserts.** A grant that was forgotten stays forgotten. *Broken: a late approval
///    resurrects a redeemed grant.*
/// 5. **A poll writes only its pace.** [`record_poll`](Self::record_poll) changes neither the grant nor its
///    revision, so it cannot lose a decision nor make one lose. *Broken: a poll undoes an approval.*
/// 6. **A poll writes only for the holder of a live pending grant**: [`Grant::is_paced`]; otherwise it
///    returns the grant, unpaced and untouched. *Broken: a stranger slows the rightful device down.*
/// 7. **A poll is judged by [`Pace::poll`](crate::grant::Pace::poll)**, in one atomic step: of polls that
///    race, at most one is accepted. *Broken: a device polls as fast as it likes, or is locked out.*
/// 8. **Nothing is forgotten early.** A grant is found until `forget_at`; from then on it may be gone at any
///    time. *Broken: `expired_token` turns into `invalid_grant`, and a used user code can be drawn again.*
/// 9. **Purge forgets** at most `limit` grants that are past `forget_at`, and their user codes, and
///    nothing else. *Broken: the store grows until it falls over.*
/// 10. **What is acknowledged stays.** A write that returned `Ok` survives a crash as far as the store's
///     documentation promises; an `Err` may or may not have written. *Broken: an approval is lost, or
///     tokens are issued twice after a restart.*
/// 11. **Everything comes back as it was**: any text, any time in range, to the microsecond.
///
/// # Cancellation
///
/// A dropped future may or may not have written, as after an `Err`.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Adds a new grant with this revision, and a pace that has seen no poll. Clauses 1, 10 and 11.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the outcome is unknown or nothing was written. The caller then uses neither code.
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError>;

    /// The grant with this id. Clauses 2, 8 and 11.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError>;

    /// The grants with any of these user-code digests, each once. Clauses 2, 8 and 11.
    ///
    /// There is more than one digest while keys rotate or several code formats are in use, and hardly
    /// ever more than one grant; the caller treats several live ones as none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot tell.
    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError>;

    /// Writes `next` over the revision `expected` of the same grant. Clauses 3, 4 and 10.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the outcome is unknown or nothing was written.
    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError>;

    /// Records a poll by `holder`, if the grant is paced, and returns the grant as of then. Clauses 5, 6 and 7.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the outcome is unknown or nothing was written.
    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError>;

    /// Forgets up to `limit` grants whose `forget_at` is not after `now`; returns how many. Clause 9.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot; some may have been forgotten.
    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: GrantStore + ?Sized> GrantStore for Arc<S> {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        (**self).insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        (**self).find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        (**self).find_by_user_code(codes).await
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        (**self).replace(expected, next).await
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        (**self).record_poll(id, holder, now, pacing).await
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        (**self).purge(now, limit).await
    }
}

/// The outcome of [`GrantStore::insert`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "part of the store contract")]
pub enum Insertion {
    /// The grant is stored.
    Inserted,
    /// Its id or its user code is taken; nothing was written.
    Taken,
}

/// The outcome of [`GrantStore::replace`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "part of the store contract")]
pub enum Replaced {
    /// The grant is as given.
    Won,
    /// It had another revision than expected, or is forgotten; nothing was written.
    Lost,
}

/// The outcome of [`GrantStore::record_poll`] for a grant that exists.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Polled {
    /// The grant.
    pub stored: Stored,
    /// What the pacing made of the poll, if the grant was paced.
    pub paced: Option<Paced>,
}

impl Polled {
    /// A poll of this grant with this outcome.
    #[must_use]
    pub fn new(stored: Stored, paced: Option<Paced>) -> Self {
        Self { stored, paced }
    }

    /// The grant, if there is one.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.stored.grant
    }
}

/// A store could not do what it was asked.
///
/// ```
/// use device_grant::host::StoreError;
///
/// let error = StoreError::unavailable(std::io::Error::other("connection reset"));
/// assert!(error.is_retryable());
/// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection reset");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}", if *retryable { "the grant store is unavailable" } else { "the grant store cannot serve this request" })]
pub struct StoreError {
    retryable: bool,
    source: Cause,
}

impl StoreError {
    /// The store cannot be reached, is overloaded, or lost the connection: the same call may succeed later.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self {
            retryable: true,
            source: source.into(),
        }
    }

    /// The store answered that it cannot: a missing table, a record that does not read. Repeating does not help.
    pub fn broken(source: impl Into<Cause>) -> Self {
        Self {
            retryable: false,
            source: source.into(),
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}
