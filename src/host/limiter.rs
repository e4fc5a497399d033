use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::{Cause, Debit, Quota};
use crate::grant::Timestamp;

/// Counts what must not happen too often.
///
/// # Contract
///
/// 1. **All or nothing.** If a [`Take`](Debit::Take) among the charges is refused, none of them is charged. *Broken: a source that is already shut out uses up what others share with it.*
/// 2. **Judged by [`Quota::debit`]**, for each key in one atomic step. *Broken: parallel guesses count as one.*
/// 3. **Nothing is given back** but by time and by [`GiveBack`](Debit::GiveBack). *Broken: an attacker alternates
///    guesses with a code of their own.*
/// 4. **Shared** by all nodes that share a store. *Broken: each node has a budget of its own, and the bound on
///    guessing is off by their number.*
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Charges all of `charges`, or none.
    ///
    /// # Errors
    ///
    /// [`LimiterError`] when the limiter cannot tell. What would have been allowed is then refused.
    async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<Charged, LimiterError>;
}

/// What is counted, and whose. Its text is the key to store the count under.
///
/// ```
/// use device_grant::host::LimitKey;
/// assert_eq!(LimitKey::new("user-code", "subject:alice").as_str(), "user-code/subject:alice");
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct LimitKey(String);

impl LimitKey {
    /// The longest key, in bytes; a longer name is replaced by its digest.
    pub const MAX_BYTES: usize = 160;

    /// The key of what `whose` has done of `what`.
    #[must_use]
    pub fn new(what: &str, whose: &str) -> Self {
        let key = [what, whose].join("/");
        if key.len() <= Self::MAX_BYTES {
            return Self(key);
        }
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(whose)
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        Self(format!("{what}/sha256:{digest}"))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
