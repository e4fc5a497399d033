//! The stored record: JSON with short names, which says its version.
//!
//! Each version has a file of its own that is never changed: what it once wrote stays readable, and
//! renaming a field of [`Grant`] changes nothing that is stored. Binary values are base64url.

mod base64url;
mod nested;
mod v1;

#[cfg(test)]
mod tests;

use serde::Deserialize;

use super::{Grant, Holder, Timestamp};
use crate::code::{GrantId, UserCodeDigest};

impl Grant {
    /// The version of the records that [`to_record`](Self::to_record) writes.
    pub const RECORD_VERSION: u16 = v1::VERSION;

    /// The grant as a store keeps it: one JSON object that names its version.
    ///
    /// Pace and revision are not in it: they have places of their own in a store.
    ///
    /// ```
    /// use device_grant::code::GrantId;
    /// use device_grant::grant::{Grant, Issuance, Timestamp};
    ///
    /// let grant = Grant::issue(Issuance::new(GrantId::from_bytes([1; 16]), "tv", Timestamp::default()));
    /// assert_eq!(Grant::from_record(&grant.to_record())?, grant);
    /// # Ok::<(), device_grant::grant::RecordError>(())
    /// ```
    #[must_use]
    pub fn to_record(&self) -> Vec<u8> {
        v1::write(self, Some(self.columns()))
    }

    /// The grant that a record holds. Records of every earlier version read too.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when the record is damaged, or written by a newer version of this crate. It says
    /// nothing of any other record, and a store leaves this one as it is.
    pub fn from_record(record: &[u8]) -> Result<Self, RecordError> {
        read(record, None)
    }

    /// As [`to_record`](Self::to_record), without what [`columns`](Self::columns) holds.
    #[must_use]
    pub fn to_record_beside_columns(&self) -> Vec<u8> {
        v1::write(self, None)
    }

    /// The grant that columns and a record beside them hold.
    ///
    /// # Errors
    ///
    /// As [`from_record`](Self::from_record).
    pub fn from_record_beside_columns(
        record: &[u8],
        columns: Columns,
    ) -> Result<Self, RecordError> {
        read(record, Some(columns))
    }

    /// What a store with columns selects and guards by.
    #[must_use]
    pub fn columns(&self) -> Columns {
        let facts = self.facts();
        Columns {
            id: facts.id,
            user_code: facts.user_code,
            holder: facts.holder.clone(),
            issued_at: facts.issued_at,
            expires_at: facts.expires_at,
            forget_at: facts.forget_at,
            interval: facts.interval,
        }
    }
}

/// The facts of a grant that a store with columns has in them, so that its record need not repeat them.
///
/// ```
/// use device_grant::code::GrantId;
/// use device_grant::grant::{Grant, Issuance, Timestamp};
///
/// let grant = Grant::issue(Issuance::new(GrantId::from_bytes([1; 16]), "tv", Timestamp::default()));
/// let (columns, record) = (grant.columns(), grant.to_record_beside_columns());
/// assert_eq!(Grant::from_record_beside_columns(&record, columns)?, grant);
/// # Ok::<(), device_grant::grant::RecordError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a store puts it together from its columns: another one would change its schema"
)]
pub struct Columns {
    /// [`Facts::id`](super::Facts::id).
    pub id: GrantId,
    /// [`Facts::user_code`](super::Facts::user_code).
    pub user_code: Option<UserCodeDigest>,
    /// [`Facts::holder`](super::Facts::holder).
    pub holder: Holder,
    /// [`Facts::issued_at`](super::Facts::issued_at).
    pub issued_at: Timestamp,
    /// [`Facts::expires_at`](super::Facts::expires_at).
    pub expires_at: Timestamp,
    /// [`Facts::forget_at`](super::Facts::forget_at).
    pub forget_at: Timestamp,
    /// [`Facts::interval`](super::Facts::interval).
    pub interval: u32,
}

/// A stored record cannot be read.
///
/// ```
/// use device_grant::grant::Grant;
///
/// let error = Grant::from_record(br#"{"v":99}"#).unwrap_err();
/// assert!(error.to_string().contains("version 99"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct RecordError(Problem);

/// Says where, and nothing of what stands there: a record is about a person.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Problem {
    #[error(
        "the record of this grant has version {0}, and this version of device-grant reads up to {newest}: \
         update it on this node",
        newest = v1::VERSION
    )]
    Newer(u64),
    #[error("the record of this grant is damaged at its byte {0}")]
    Damaged(usize),
    #[error("the record of this grant lacks what it was to be stored with")]
    Incomplete,
}

impl RecordError {
    fn damaged(error: &serde_json::Error) -> Self {
        Self(Problem::Damaged(error.column()))
    }

    fn incomplete() -> Self {
        Self(Problem::Incomplete)
    }
}

fn read(record: &[u8], columns: Option<Columns>) -> Result<Grant, RecordError> {
    v1::read(record, columns).map_err(|error| match version(record) {
        Some(newer) if newer > u64::from(v1::VERSION) => RecordError(Problem::Newer(newer)),
        Some(_) | None => error,
    })
}

/// The version that a record says it has, whatever else is in it.
fn version(record: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    let versioned: Versioned = serde_json::from_slice(record).ok()?;
    Some(versioned.v)
}
