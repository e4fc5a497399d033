use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Cause, Debit, LimitKey, Quota};

/// Counts what must not happen too often.
///
/// # Contract
///
/// 1. **All or nothing.** If a [`Take`](Debit::Take) among the charges is refused, none of them is charged. Charges of
///    one key are judged in their order, and what the key owes after the last of them is kept. *Broken: a source that
///    is already shut out uses up what others share with it.*
/// 2. **Judged by [`Quota::debit`]**, for each key in one atomic step, whichever quota was charged to it before, and at the time of the limiter's own clock: of the
///    server, where nodes share one. *Broken: parallel guesses count as one, or a node whose clock is ahead has no
///    limits.*
/// 3. **Nothing is given back** but by time and by [`GiveBack`](Debit::GiveBack). *Broken: an attacker alternates
///    guesses with a code of their own.*
/// 4. **Shared** by all nodes that share a store. *Broken: each node has a budget of its own, and the bound on
///    guessing is off by their number.*
/// 5. **Nothing is kept that owes nothing.** A charge that is refused adds no key, nor does giving back to an unknown
///    one. Purge forgets at most `limit` keys that owe nothing any more, and no debt. *Broken: a crowd of strangers
///    fills the limiter, or a limit ends early.*
///
/// A limiter reads its clock once it has the keys to itself. Read before it waits for them, the time can be earlier
/// than that of the charge before it, and a limit seems to be left over from a clock that was set back.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Charges all of `charges`, or none. Clauses 1 to 4.
    ///
    /// # Errors
    ///
    /// [`LimiterError`] when the limiter cannot tell. What would have been allowed is then refused.
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, LimiterError>;

    /// Forgets up to `limit` keys that owe nothing any more, and returns their number. Clause 5.
    ///
    /// A limiter whose keys expire without it returns 0.
    ///
    /// # Errors
    ///
    /// [`LimiterError`] when it cannot; some may have been forgotten.
    async fn purge(&self, limit: u32) -> Result<u64, LimiterError>;
}

#[async_trait]
impl<L: Limiter + ?Sized> Limiter for Arc<L> {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, LimiterError> {
        (**self).charge(charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, LimiterError> {
        (**self).purge(limit).await
    }
}

/// One key to be charged.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Charge {
    /// What and whose.
    pub key: LimitKey,
    /// How much of it is allowed.
    pub quota: Quota,
    /// In which way it is charged.
    pub debit: Debit,
}

impl Charge {
    /// A charge.
    #[must_use]
    pub fn new(key: LimitKey, quota: Quota, debit: Debit) -> Self {
        Self { key, quota, debit }
    }

    /// The charge that undoes this one.
    pub(crate) fn given_back(self) -> Self {
        Self::new(self.key, self.quota, Debit::GiveBack)
    }
}

/// The outcome of [`Limiter::charge`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "part of the limiter contract")]
pub enum Charged {
    /// All charged.
    Allowed,
    /// One refused, none charged.
    Limited {
        /// Which of the charges was refused: the first one.
        index: usize,
        /// After how long it would be allowed.
        retry_after: Duration,
    },
}

/// A limiter could not do what it was asked. What it should have counted is then refused.
///
/// ```
/// use device_grant::host::LimiterError;
///
/// let error = LimiterError::broken("permission denied for function device_charge");
/// assert!(!error.is_retryable());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}", if *retryable { "the limiter is unavailable" } else { "the limiter cannot serve this request" })]
pub struct LimiterError {
    retryable: bool,
    source: Cause,
}

impl LimiterError {
    /// The limiter cannot be reached, is overloaded, or lost the connection: the same call may succeed later.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self {
            retryable: true,
            source: source.into(),
        }
    }

    /// The limiter answered that it cannot: a missing function, a missing right. Repeating does not help.
    pub fn broken(source: impl Into<Cause>) -> Self {
        Self {
            retryable: false,
            source: source.into(),
        }
    }

    /// Returns whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}
