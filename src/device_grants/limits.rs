use std::time::Duration;

use crate::code::{GuessBudget, UserCodeFormat};
use crate::host::Quota;

/// How often things may happen. What is entered and what is issued together bound how well guessing pays:
/// the builder checks the product (see [`GuessBudget`](crate::code::GuessBudget)).
///
/// ```
/// use std::time::Duration;
/// use device_grant::Limits;
/// use device_grant::host::Quota;
///
/// let limits = Limits::default().entries_per_subject(Quota::new(3, Duration::from_secs(600)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    pub(super) entries_per_subject: Quota,
    pub(super) entries_per_source: Quota,
    pub(super) failed_entries: Quota,
    pub(super) authorizations_per_source: Quota,
    authorizations_per_client: Option<Quota>,
    pub(super) authorizations: Quota,
}

impl Default for Limits {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            entries_per_subject: Quota::new(5, 10 * minute),
            entries_per_source: Quota::new(30, 10 * minute),
            failed_entries: Quota::new(300, minute),
            authorizations_per_source: Quota::new(60, minute),
            authorizations_per_client: None,
            authorizations: Quota::new(600, minute),
        }
    }
}

impl Limits {
    /// Wrong user codes that one account may enter. Default: 5 in 10 minutes.
    #[must_use]
    pub fn entries_per_subject(mut self, quota: Quota) -> Self {
        self.entries_per_subject = quota;
        self
    }

    /// Wrong user codes that may be entered from one [`Source`](crate::host::Source). It should be several times
    /// [`entries_per_subject`](Self::entries_per_subject): many people share an address. An IPv6 source is a /64; its
    /// /56 may have four times as many, and its /48 sixteen times.
    /// Default: 30 in 10 minutes.
    #[must_use]
    pub fn entries_per_source(mut self, quota: Quota) -> Self {
        self.entries_per_source = quota;
        self
    }

    /// User codes that may be entered wrongly by everybody together; beyond it all entries are refused for a
    /// while. Default: 300 in a minute.
    #[must_use]
    pub fn failed_entries(mut self, quota: Quota) -> Self {
        self.failed_entries = quota;
        self
    }

    /// Codes that may be issued to one address. Of IPv6, to one /64; four times as many to its /56, sixteen times to
    /// its /48. Default: 60 in a minute.
    #[must_use]
    pub fn authorizations_per_source(mut self, quota: Quota) -> Self {
        self.authorizations_per_source = quota;
        self
    }

    /// Codes that may be issued to one client. Anybody can ask in the name of a public client, and a crowd of
    /// addresses then uses up the share of that client and not of the others. Default: half of
    /// [`authorizations`](Self::authorizations); a server with a single client gives it all of them.
    #[must_use]
    pub fn authorizations_per_client(mut self, quota: Quota) -> Self {
        self.authorizations_per_client = Some(quota);
        self
    }

    /// Codes that may be issued to everybody together. Default: 600 in a minute. A server that needs more takes a
    /// longer [`UserCodeFormat`](crate::code::UserCodeFormat).
    #[must_use]
    pub fn authorizations(mut self, quota: Quota) -> Self {
        self.authorizations = quota;
        self
    }

    /// How well guessing pays at these limits, against codes of this format that live for `lifetime`: what the
    /// builder holds to its bound.
    ///
    /// ```
    /// use std::time::Duration;
    /// use device_grant::Limits;
    /// use device_grant::code::UserCodeFormat;
    ///
    /// let budget = Limits::default().guess_budget(Duration::from_secs(600), &UserCodeFormat::base20());
    /// assert!(budget.is_within_bound());
    /// println!("{budget}");
    /// ```
    #[must_use]
    pub fn guess_budget(&self, lifetime: Duration, format: &UserCodeFormat) -> GuessBudget {
        let (failed, issued) = (self.failed_entries, self.authorizations);
        GuessBudget::new(lifetime, format.code_space())
            .failed_entries(failed.rate(), f64::from(failed.burst()))
            .issuances(issued.rate(), f64::from(issued.burst()))
    }

    /// One client's share of the codes.
    pub(super) fn client_share(&self) -> Quota {
        let all = self.authorizations;
        self.authorizations_per_client
            .unwrap_or_else(|| Quota::new(all.burst().div_ceil(2), all.period()))
    }
}
