use serde::{Deserialize, Serialize};

use super::Grant;

/// Which write of a grant this is: a random 64-bit value, chosen by the writer.
///
/// Random and not counted, for two reasons: after a lost reply a writer recognises its own write, and
/// after a failover that lost writes, two histories cannot look equal.
///
/// ```
/// use device_grant::grant::Revision;
/// assert_eq!(Revision::from_u64(7).as_u64(), 7);
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision with this value.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The revision's value.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// A grant as a store holds it.
///
/// ```
/// use device_grant::grant::{Revision, Stored};
/// # use device_grant::grant::{ClientId, Grant, Issuance, Timestamp};
/// # use device_grant::code::GrantId;
/// # let grant = Grant::issue(Issuance::new(GrantId::from_bytes([1; 16]), "tv", Timestamp::default()));
/// let stored = Stored::new(grant, Revision::from_u64(1));
/// assert_eq!(stored.revision, Revision::from_u64(1));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stored {
    /// The grant.
    pub grant: Grant,
    /// Which write of it this is.
    pub revision: Revision,
}

impl Stored {
    /// A grant with its revision.
    #[must_use]
    pub fn new(grant: Grant, revision: Revision) -> Self {
        Self { grant, revision }
    }
}
