use std::sync::Arc;

use async_trait::async_trait;

use super::{NewRow, PollRecord, PortError, Replacement, Row};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;

/// Keeps grants.
///
/// Each operation is one atomic step on at most one row. A store needs no knowledge of states and rules: it compares columns,
/// keeps a body that it does not read, and tells the time. The only arithmetic is that of
/// [`Pace::poll`](super::Pace::poll), whose numbers come with each poll.
///
/// # Contract
///
/// 1. **Insert once.** [`insert`](Self::insert) succeeds only if no stored row has the id or the user-code digest,
///    and then the row is found by both. *Broken: two
///    devices share a code, and one end user's approval signs in the other's device.*
/// 2. **Read what was written.** [`find`](Self::find) and [`find_by_user_code`](Self::find_by_user_code)
///    see every write that was acknowledged before the call; no replica lags. *Broken: a
///    denied grant is still redeemed.*
/// 3. **Replace is compare-and-set.** [`replace`](Self::replace) writes only over the expected revision,
///    in one atomic step; of any number of racing writers that expect the same one, exactly one wins.
///    *Broken: one approval yields two sets of tokens.*
/// 4. **Replace never inserts.** A deleted row stays deleted. *Broken: a late approval
///    recreates a redeemed grant.*
/// 5. **A poll writes only the pace.** [`record_poll`](Self::record_poll) changes neither the row nor its
///    revision, so it cannot undo a decision or make one fail. *Broken: a poll undoes an approval.*
/// 6. **A poll writes only to a row that [is paced](Row::is_paced)**; otherwise it returns the row, unpaced and
///    unchanged. *Broken: a device waits although the answer is known.*
/// 7. **A poll is judged by [`Pace::poll`](super::Pace::poll)**, in one atomic step: of polls that
///    race, at most one is accepted. *Broken: a device polls as fast as it likes, or is locked out.*
/// 8. **No row is deleted early.** A row is found until `forget_at`; after that it may be deleted at any
///    time. *Broken: `expired_token` turns into `invalid_grant`, and a used user code can be drawn again.*
/// 9. **Purge deletes** at most `limit` rows whose `forget_at` has passed, and their user codes, and
///    nothing else. *Broken: the store grows without a bound.*
/// 10. **Acknowledged writes stay.** A write that returned `Ok` survives a crash as far as the store's
///     documentation promises; after an `Err` it may or may not have happened. *Broken: an approval is lost, or
///     tokens are issued twice after a restart.*
/// 11. **Values are returned as they were written**: any text, any bytes, any time in range, to the microsecond. *Broken: a
///     grant cannot be read, or two different names are the same.*
/// 12. **The store tells the time.** The times of a new row, the judgement of a poll, the choice of rows to purge, and
///     [`Row::read_at`] come from one clock for all nodes: that of the database server, or
///     that of the machine for a store that no other machine can reach. *Broken: a node with a wrong clock ends
///     everybody's sign-ins.*
///
/// # Cancellation
///
/// After a future is dropped, its write may or may not have happened, as after an `Err`.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Adds a row, and a pace that has seen no poll, and returns its `issued_at`: the time of the insertion by the store's
    /// clock. Returns `None`, and writes nothing, if the id or the user code is taken. Clauses 1, 10, 11 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] if nothing was written or the outcome is unknown. The caller then uses neither code.
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError>;

    /// Finds the row with this id. Clauses 2, 8, 11 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the store cannot tell.
    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError>;

    /// Finds the rows with any of these user-code digests, each once. Clauses 2, 8, 11 and 12.
    ///
    /// There are several digests while keys rotate or several code formats are in use, and hardly
    /// ever several rows; the caller treats several live ones as none.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the store cannot tell.
    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError>;

    /// Writes over a row if it has the expected revision, and returns `true`. Returns `false`, and writes nothing, if it has
    /// another revision or is deleted. Clauses 3, 4 and 10.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the outcome is unknown or nothing was written.
    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError>;

    /// Records a poll, if the row is paced, and returns the row of the same moment, with the outcome in [`Row::paced`]. Clauses
    /// 5, 6, 7 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the outcome is unknown or nothing was written.
    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError>;

    /// Returns the time of the store's clock, which also shows that the store answers. Clause 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the store fails.
    async fn now(&self) -> Result<Timestamp, PortError>;

    /// Deletes up to `limit` rows whose `forget_at` has passed; returns their number. Clauses 9 and 12.
    ///
    /// # Errors
    ///
    /// [`PortError`] if it fails; some rows may have been deleted.
    async fn purge(&self, limit: u32) -> Result<u64, PortError>;

    /// Checks tables and their version, rights, and settings of this store. Returns a line with the remedy for each setting that
    /// is a risk, and an empty list if there is none.
    ///
    /// It changes no grant and leaves nothing behind. [`DeviceGrants::check`](crate::DeviceGrants::check) calls it when your server starts, and for each
    /// readiness probe.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the store cannot work. Its source says what to do.
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
