use std::fmt;
use std::time::Duration;

/// How likely somebody is to hit a live user code by guessing.
///
/// [RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1) weighs one code against the guesses
/// made at it. But a guess is made at every code that is live at that moment, so what counts is, over one
/// lifetime:
///
/// ```text
/// expected hits = failed entries x live codes / code space
/// failed entries = failed-entry rate x lifetime + burst      (all that the global limit lets through)
/// live codes     = issuance rate x lifetime + burst          (all that may be issued and not yet expired)
/// ```
///
/// Both rates are what the limiter enforces for the whole server; limits per source only make it less. The
/// crate holds the sum to [`MAX_EXPECTED_HITS`](Self::MAX_EXPECTED_HITS).
///
/// [`Limits::guess_budget`](crate::Limits::guess_budget) is the budget of a server. A rate's burst is how many it lets through at once before the rate holds; it counts, since an attacker
/// starts with a full bucket.
///
/// ```
/// use std::time::Duration;
/// use device_grant::code::{GuessBudget, UserCodeFormat};
///
/// let lifetime = Duration::from_secs(600);
/// let budget = |format: UserCodeFormat| {
///     GuessBudget::new(lifetime, format.code_space()).failed_entries(5.0, 0.0).issuances(10.0, 0.0)
/// };
/// assert!(budget(UserCodeFormat::default()).is_within_bound());
/// assert!(!budget(UserCodeFormat::digits(9)?).is_within_bound());
/// assert!(budget(UserCodeFormat::digits(12)?).is_within_bound());
/// # Ok::<(), device_grant::code::InvalidUserCodeFormat>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuessBudget {
    lifetime: Duration,
    code_space: f64,
    failed_entries: Limit,
    issuances: Limit,
}

/// A rate per second and what it lets through at once.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Limit {
    per_second: f64,
    burst: f64,
}

impl GuessBudget {
    /// The most hits to be expected during one lifetime: one in a thousand.
    pub const MAX_EXPECTED_HITS: f64 = 1e-3;

    /// Starts with codes that live for `lifetime`, out of
    /// [`code_space`](super::UserCodeFormat::code_space) many, and no limit on anything.
    ///
    /// Without both limits the expected hits are infinite.
    #[must_use]
    pub const fn new(lifetime: Duration, code_space: f64) -> Self {
        Self {
            lifetime,
            code_space,
            failed_entries: Limit::NONE,
            issuances: Limit::NONE,
        }
    }

    /// Sets how many entries of wrong codes the whole server lets through, per second and at once.
    #[must_use]
    pub const fn failed_entries(mut self, per_second: f64, burst: f64) -> Self {
        self.failed_entries = Limit { per_second, burst };
        self
    }

    /// Sets how many codes the whole server issues, per second and at once.
    #[must_use]
    pub const fn issuances(mut self, per_second: f64, burst: f64) -> Self {
        self.issuances = Limit { per_second, burst };
        self
    }

    /// The hits to be expected during one lifetime; infinite if an input is negative or no number.
    #[must_use]
    pub fn expected_hits(&self) -> f64 {
        let hits = self.pairs() / self.code_space;
        if self.code_space >= 1.0 && hits.is_finite() {
            hits
        } else {
            f64::INFINITY
        }
    }

    /// Whether the expected hits are at most [`MAX_EXPECTED_HITS`](Self::MAX_EXPECTED_HITS).
    #[must_use]
    pub fn is_within_bound(&self) -> bool {
        self.expected_hits() <= Self::MAX_EXPECTED_HITS
    }

    /// The smallest code space that would be within the bound: what longer codes have to reach.
    #[must_use]
    pub fn required_code_space(&self) -> f64 {
        self.pairs() / Self::MAX_EXPECTED_HITS
    }

    fn pairs(&self) -> f64 {
        self.failed_entries.over(self.lifetime) * self.issuances.over(self.lifetime)
    }
}

/// Spells the sum out, for an error or a log.
impl fmt::Display for GuessBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2e} hits expected by guessing during one lifetime of {} s: {} failed entries x {} live codes \
             / {:.2e} codes; the bound is {:e}",
            self.expected_hits(),
            self.lifetime.as_secs_f64(),
            self.failed_entries.over(self.lifetime).ceil(),
            self.issuances.over(self.lifetime).ceil(),
            self.code_space,
            Self::MAX_EXPECTED_HITS,
        )
    }
}

impl Limit {
    const NONE: Self = Self {
        per_second: f64::INFINITY,
        burst: f64::INFINITY,
    };

    /// The most that it lets through in `lifetime`.
    fn over(self, lifetime: Duration) -> f64 {
        if self.per_second >= 0.0 && self.burst >= 0.0 {
            self.per_second * lifetime.as_secs_f64() + self.burst
        } else {
            f64::INFINITY
        }
    }
}
