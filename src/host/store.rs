use std::sync::Arc;

use async_trait::async_trait;

use super::{NewRow, PollRecord, PortError, Replacement, Row};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;

/// Keeps grants.
///
/// Seven operations, each one atomic step on one row at most. A store knows no states and no rules: it compares columns, keeps a
/// body that it does not read, and tells the time. The only arithmetic that it repeats in its own language is that of
/// [`Pace::poll`](super::Pace::poll), whose numbers come with each poll.
///
/// # Contract
///
/// 1. **Insert once.** [`insert`](Self::insert) succeeds only if neither the id nor the user-code digest
///    is taken by a row that is still remembered, and then the row is found by both. *Broken: two
///    devices share a code, and one end user's approval signs in the other's device.*
/// 2. **Read what was written.** [`find`](Self::find) and [`find_by_user_code`](Self::find_by_user_code)
///    see every write that was acknowledged before they were called; no lagging replica. *Broken: a
///    denied grant is still redeemed.*
/// 3. **Replace is compare-and-set.** [`replace`](Self::replace) writes only over the expected revision,
///    in one atomic step; of any number of racing writers that expect the same one, exactly one wins.
///    *Broken: one approval yields two sets of tokens.*
/// 4. **Replace never inserts.** A row that was forgotten stays forgotten. *Broken: a late approval
///    resurrects a redeemed grant.*
/// 5. **A poll writes only the pace.** [`record_poll`](Self::record_poll) changes neither the row nor its
///    revision, so it cannot lose a decision nor make one lose. *Broken: a poll undoes an approval.*
/// 6. **A poll writes only while somebody can decide**: [`Row::is_paced`]; otherwise it returns the row, unpaced and
///    untouched. *Broken: a device waits for an answer that is there.*
/// 7. **A poll is judged by [`Pace::poll`](super::Pace::poll)**, in one atomic step: of polls that
///    race, at most one is accepted. *Broken: a device polls as fast as it likes, or is locked out.*
/// 8. **Nothing is forgotten early.** A row is found until `forget_at`; from then on it may be gone at any
///    time. *Broken: `expired_token` turns into `invalid_grant`, and a used user code can be drawn again.*
/// 9. **Purge forgets** at most `limit` rows that are past `forget_at`, and their user codes, and
///    nothing else. *Broken: the store grows until it falls over.*
/// 10. **What is acknowledged stays.** A write that returned `Ok` survives a crash as far as the store's
///     documentation promises; an `Err` may or may not have written. *Broken: an approval is lost, or
///     tokens are issued twice after a restart.*
/// 11. **Everything comes back as it was**: any text, any bytes, any time in range, to the microsecond.
/// 12. **The store tells the time.** The times of a new row, the judgement of a poll, what purge forgets, and
///     [`Row::read_at`] come from one clock for all nodes that share the store: the clock of the database server, or
///     that of the machine for a store that no other machine can reach. *Broken: a node with a wrong clock ends
///     everybody's sign-ins.*
///
/// # Cancellation
///
/// A dropped future may or may not have written, as after an `Err`.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Adds a row, and a pace that has seen no poll, and returns its `issued_at`: the time of the insertion by the store's
    /// clock. Returns `None`, and writes nothing, if the id or the user code is taken. Clauses 1, 10, 11 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the outcome is unknown or nothing was written. The caller then uses neither code.
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError>;

    /// Finds the row with this id. Clauses 2, 8, 11 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the store cannot tell.
    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError>;

    /// Finds the rows with any of these user-code digests, each once. Clauses 2, 8, 11 and 12.
    ///
    /// There is more than one digest while keys rotate or several code formats are in use, and hardly
    /// ever more than one row; the caller treats several live ones as none.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the store cannot tell.
    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError>;

    /// Writes over the expected revision of a row, and returns `true`. Returns `false`, and writes nothing, if the row has
    /// another revision or is forgotten. Clauses 3, 4 and 10.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the outcome is unknown or nothing was written.
    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError>;

    /// Records a poll, if the row is paced, and returns the row as of then, with the outcome in [`Row::paced`]. Clauses 5, 6, 7
    /// and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the outcome is unknown or nothing was written.
    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError>;

    /// Tells the time, and with it that the store answers. Clause 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when it does not.
    async fn now(&self) -> Result<Timestamp, PortError>;

    /// Forgets up to `limit` rows whose `forget_at` has come; returns how many. Clauses 9 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when it cannot; some may have been forgotten.
    async fn purge(&self, limit: u32) -> Result<u64, PortError>;

    /// Checks everything that this store needs: tables and their version, rights, settings. Returns advice about settings with
    /// which it works at a risk, each one line that ends with the remedy; nothing if all is well.
    ///
    /// It writes nothing. [`DeviceGrants::check`](crate::DeviceGrants::check) calls it when the host starts, and for each
    /// readiness probe. A store that has nothing to check returns an empty list.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the store cannot do its work, with what to do as its source.
    async fn check(&self) -> Result<Vec<String>, PortError>;
}

#[async_trait]
impl<S: GrantStore + ?Sized> GrantStore for Arc<S> {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        (**self).insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        (**self).find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        (**self).find_by_user_code(codes).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        (**self).replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        (**self).record_poll(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        (**self).now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        (**self).purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        (**self).check().await
    }
}
