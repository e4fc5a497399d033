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

/// Limits on how often things may happen: per account and source as set here, and for everybody together as the bound
/// on guessing allows (see [`GuessBudget`]).
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
    /// Sets how many wrong user codes one account may enter. Default: 5 in 10 minutes.
    #[must_use]
    pub fn entries_per_subject(mut self, quota: Quota) -> Self {
        self.entries_per_subject = quota;
        self
    }

    /// Sets how many wrong user codes may be entered from one source: an [address](crate::host::Visitor::with_ip), or anything that the
    /// host [names](crate::host::Visitor::with_source). It should be several times
    /// [`entries_per_subject`](Self::entries_per_subject): many people share an address. An IPv6 source is a /64; its
    /// /56 may have four times as many, and its /48 sixteen times.
    /// Default: 30 in 10 minutes.
    #[must_use]
    pub fn entries_per_source(mut self, quota: Quota) -> Self {
        self.entries_per_source = quota;
        self
    }

    /// Sets how many codes may be issued to one address. Of IPv6, to one /64; four times as many to its /56, sixteen times to
    /// its /48. Default: 60 in a minute.
    #[must_use]
    pub fn authorizations_per_source(mut self, quota: Quota) -> Self {
        self.authorizations_per_source = quota;
        self
    }

    /// Sets the hits by guessing that are to be expected while a code lives, at most: above 0, up to
    /// [10⁻³](GuessBudget::MAX_EXPECTED_HITS). Default: [10⁻⁵](GuessBudget::DEFAULT_EXPECTED_HITS).
    ///
    /// Everything that is limited for everybody together follows from it: see [`GuessBudget`].
    #[must_use]
    pub fn expected_hits(mut self, bound: f64) -> Self {
        self.expected_hits = bound;
        self
    }

    /// Returns the budget of codes in this format that live for `lifetime`, at these limits.
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
        self.expected_hits > 0.0 && self.expected_hits <= GuessBudget::MAX_EXPECTED_HITS
    }
}
