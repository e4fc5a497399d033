use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Debt, LimitKey, PortError, Quota};
use crate::grant::Timestamp;

/// Counts what must not happen too often.
///
/// # Contract
///
/// 1. **All or nothing.** If a [take](Charge::take) among the charges is refused, none of them is charged. Charges of
///    one key are judged in their order, and what the key owes after the last of them is kept. *Broken: a source that
///    is already shut out uses up what others share with it.*
/// 2. **Judged by [`Charge::debit`]**, for each key in one atomic step, whichever quota was charged to it before, and at the time of the limiter's own clock: of the
///    server, where nodes share one. *Broken: parallel guesses count as one, or a node whose clock is ahead has no
///    limits.*
/// 3. **Nothing is given back** but by time and by a charge that [gives back](Charge::gives_back). *Broken: an attacker alternates
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
    /// [`PortError`] when the limiter cannot tell. The caller then refuses the request.
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError>;

    /// Forgets up to `limit` keys that owe nothing any more, and returns their number. Clause 5.
    ///
    /// A limiter whose keys expire without it returns 0.
    ///
    /// # Errors
    ///
    /// [`PortError`] when it cannot; some may have been forgotten.
    async fn purge(&self, limit: u32) -> Result<u64, PortError>;

    /// Checks everything that this limiter needs, as [`GrantStore::check`](super::GrantStore::check) does. It charges nothing.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the limiter cannot do its work, with what to do as its source.
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

/// One key to be charged.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Charge {
    /// The key: what is limited, and for whom.
    pub key: LimitKey,
    /// The quota of the key.
    pub quota: Quota,
    /// False if one unit is taken, as far as the quota allows it. True if one that was taken is given back, as far as time has
    /// not given it back already: that is never refused.
    pub gives_back: bool,
}

impl Charge {
    /// Takes one unit.
    #[must_use]
    pub fn take(key: LimitKey, quota: Quota) -> Self {
        Self {
            key,
            quota,
            gives_back: false,
        }
    }

    /// Returns the charge that gives back what this one takes.
    #[must_use]
    pub fn given_back(self) -> Self {
        Self {
            gives_back: true,
            ..self
        }
    }

    /// Judges it against the debt that is stored for the key, and returns the one to store; `None` if the quota does not
    /// allow it, and then nothing is to be stored.
    ///
    /// A debt beyond its own period is left from before the clock was set back. It counts as all but one unit: the key
    /// has to wait for a period at most, and a clock that is set back again and again yields one unit each time.
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
    /// All charged.
    Allowed,
    /// One refused, none charged.
    #[non_exhaustive]
    Limited {
        /// Which of the charges was refused: the first one.
        index: usize,
        /// The time after which it would be allowed.
        retry_after: Duration,
    },
}

impl Charged {
    /// The charge at this index was refused, and would be allowed after `retry_after`.
    pub fn limited(index: usize, retry_after: Duration) -> Self {
        Self::Limited { index, retry_after }
    }
}
