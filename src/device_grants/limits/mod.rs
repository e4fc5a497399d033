//! Limits on how often things may happen: the settings, what is charged under which key, and the lengths of codes.

mod charge;
mod entries;
mod ladder;
mod new_codes;

pub(super) use self::entries::{Admitted, AtHome};
pub(super) use self::ladder::Ladder;
use std::time::Duration;

use crate::code::{GuessBudget, UserCodeFormat};
use crate::host::Quota;

/// The limits on wrong user codes and on new codes, for each account and source. The limits for the whole server follow from
/// the bound on guessing (see [`GuessBudget`]).
///
/// ```
/// use std::time::Duration;
/// use device_grant::Limits;
/// use device_grant::host::Quota;
///
/// let limits = Limits::default().entries_per_subject(Quota::new(3, Duration::from_secs(600)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    pub(in crate::device_grants) entries_per_subject: Quota,
    pub(in crate::device_grants) entries_per_source: Quota,
    pub(in crate::device_grants) authorizations_per_source: Quota,
    pub(in crate::device_grants) expected_hits: f64,
}

impl Default for Limits {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            entries_per_subject: Quota::new(5, 10 * minute),
            entries_per_source: Quota::new(30, 10 * minute),
            authorizations_per_source: Quota::new(60, minute),
            expected_hits: GuessBudget::DEFAULT_EXPECTED_HITS,
        }
    }
}

impl Limits {
    /// Sets the number of wrong user codes that an account may enter. Default: 5 in 10 minutes.
    #[must_use]
    pub fn entries_per_subject(mut self, quota: Quota) -> Self {
        self.entries_per_subject = quota;
        self
    }

    /// Sets the number of wrong user codes that may come from one source: an [address](crate::host::Visitor::with_ip), or
    /// another source that you [name](crate::host::Visitor::with_source). Default: 30 in 10 minutes.
    ///
    /// Set it to several times [`entries_per_subject`](Self::entries_per_subject), because many people share an address. An
    /// IPv6 source is a /64; its /56 has four times this quota, and its /48 sixteen times.
    #[must_use]
    pub fn entries_per_source(mut self, quota: Quota) -> Self {
        self.entries_per_source = quota;
        self
    }

    /// Sets the number of codes that may be issued to one address. Default: 60 in a minute. For IPv6 it holds for a /64; its
    /// /56 has four times this quota, and its /48 sixteen times.
    #[must_use]
    pub fn authorizations_per_source(mut self, quota: Quota) -> Self {
        self.authorizations_per_source = quota;
        self
    }

    /// Sets the bound on the expected number of guessed codes in one lifetime of a code: above 0, up to
    /// [10⁻³](GuessBudget::MAX_EXPECTED_HITS). Default: [10⁻⁵](GuessBudget::DEFAULT_EXPECTED_HITS).
    ///
    /// All limits for the whole server follow from it: see [`GuessBudget`].
    #[must_use]
    pub fn expected_hits(mut self, bound: f64) -> Self {
        self.expected_hits = bound;
        self
    }

    /// Returns the budget of codes in this format with this lifetime, under these limits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use device_grant::Limits;
    /// use device_grant::code::UserCodeFormat;
    ///
    /// let budget = Limits::default().guess_budget(Duration::from_secs(600), &UserCodeFormat::base20());
    /// assert!(budget.expected_hits <= 1e-5);
    /// println!("{budget}");
    /// ```
    #[must_use]
    pub fn guess_budget(&self, lifetime: Duration, format: &UserCodeFormat) -> GuessBudget {
        GuessBudget::new(self.expected_hits, lifetime, [format])
    }

    /// Returns whether the bound can be held.
    pub(in crate::device_grants) fn is_bounded(&self) -> bool {
        // In this form, so that a NaN is out of bounds: it fails every comparison.
        self.expected_hits > 0.0 && self.expected_hits <= GuessBudget::MAX_EXPECTED_HITS
    }
}
