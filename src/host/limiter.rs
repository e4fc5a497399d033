use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Debt, LimitKey, PortError, Quota};
use crate::grant::Timestamp;

/// Limits operations, such as the entry of wrong codes, by counting them under keys.
///
/// # Contract
///
/// 1. **All or nothing.** If a [take](Charge::take) among the charges is refused, none of them is charged. Charges to
///    one key are judged in their order, and the debt of the key after the last one is stored. *Broken: a source that
///    is already limited uses up limits that it shares with others.*
/// 2. **Judged by [`Charge::debit`]**, for each key in one atomic step, whatever quota was charged to it before, and at the
///    time of the limiter's own clock: that of the server, if nodes share one. *Broken: parallel guesses count as one, or
///    a node whose clock is ahead has no limits.*
/// 3. **Only time and a charge that [gives back](Charge::gives_back) reduce a debt.** *Broken: an attacker resets the limit by
///    entering a valid code of their own.*
/// 4. **Shared** by all nodes that share a store. *Broken: each node has a budget of its own, and the bound on
///    guessing is exceeded by the number of nodes.*
/// 5. **No key without a debt is stored.** A refused charge adds no key, nor does giving back to an unknown
///    one. Purge deletes at most `limit` keys, only such without a debt. *Broken: strangers
///    fill the limiter, or a limit ends early.*
///
/// Read the clock after you have locked the keys. If you read it before, the time can be earlier than that of the charge that
/// you waited for, as if the clock had been set back.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Charges all of `charges`, or none. Clauses 1 to 4.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the limiter fails. The caller then refuses the request.
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError>;

    /// Deletes up to `limit` keys without a debt, and returns their number. Clause 5.
    ///
    /// A limiter whose keys expire automatically returns 0.
    ///
    /// # Errors
    ///
    /// [`PortError`] if it fails; some keys may have been deleted.
    async fn purge(&self, limit: u32) -> Result<u64, PortError>;

    /// Checks tables, rights and settings of this limiter, as [`GrantStore::check`](super::GrantStore::check) does. It charges
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the limiter cannot work. Its source says what to do.
    async fn check(&self) -> Result<Vec<String>, PortError>;
}

#[async_trait]
impl<L: Limiter + ?Sized> Limiter for Arc<L> {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        (**self).charge(charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        (**self).purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        (**self).check().await
    }
}

/// A charge to one key of a limiter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Charge {
    /// The key: the limited operation, and the account, address or client.
    pub key: LimitKey,
    /// The quota of the key.
    pub quota: Quota,
    /// False to take one unit, if the quota allows it. True to give one back, unless the quota has already refilled by time;
    /// that is never refused.
    pub gives_back: bool,
}

impl Charge {
    /// A charge that takes one unit.
    #[must_use]
    pub fn take(key: LimitKey, quota: Quota) -> Self {
        Self {
            key,
            quota,
            gives_back: false,
        }
    }

    /// Returns the charge that gives back the unit that this one takes.
    #[must_use]
    pub fn given_back(self) -> Self {
        Self {
            gives_back: true,
            ..self
        }
    }

    /// Judges the charge against the debt that is stored for the key, and returns the debt to store. Returns `None` if the quota
    /// does not allow it; store nothing then.
    ///
    /// A debt beyond its own period was stored before the clock was set back. It counts as all units but one: the key
    /// waits for one period at most, and each step back of the clock yields one unit.
    #[must_use]
    pub fn debit(&self, stored: Option<Debt>, now: Timestamp) -> Option<Debt> {
        if self.gives_back {
            Some(self.quota.give_back(stored, now))
        } else {
            self.quota.take(stored, now)
        }
    }
}

/// The outcome of [`Limiter::charge`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "part of the limiter contract")]
pub enum Charged {
    /// All charges were made.
    Allowed,
    /// One charge was refused, and none was made.
    #[non_exhaustive]
    Limited {
        /// The index of the first refused charge.
        index: usize,
        /// The time after which that charge would be allowed.
        retry_after: Duration,
    },
}

impl Charged {
    /// The outcome if the charge at this index was refused, and would be allowed after `retry_after`.
    pub fn limited(index: usize, retry_after: Duration) -> Self {
        Self::Limited { index, retry_after }
    }
}
