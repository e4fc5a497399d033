use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Cause, Debit, LimitKey, Quota};

/// Counts what must not happen too often.
///
/// # Contract
///
/// 1. **All or nothing.** If a [`Take`](Debit::Take) among the charges is refused, none of them is charged. *Broken: a source that is already shut out uses up what others share with it.*
/// 2. **Judged by [`Quota::debit`]**, for each key in one atomic step, at the time of the limiter's own clock: of the
///    server, where nodes share one. *Broken: parallel guesses count as one, or a node whose clock is ahead has no
///    limits.*
/// 3. **Nothing is given back** but by time and by [`GiveBack`](Debit::GiveBack). *Broken: an attacker alternates
///    guesses with a code of their own.*
/// 4. **Shared** by all nodes that share a store. *Broken: each node has a budget of its own, and the bound on
///    guessing is off by their number.*
/// 5. **Purge forgets** at most `limit` keys that owe nothing, and no debt. *Broken: the limiter grows until it falls
///    over, or a limit ends early.*
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

/// A limiter could not tell. What it should have counted is then refused.
#[derive(Debug, thiserror::Error)]
#[error("the limiter is unavailable")]
pub struct LimiterError {
    source: Cause,
}

impl LimiterError {
    /// A failure with this cause.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self {
            source: source.into(),
        }
    }
}
