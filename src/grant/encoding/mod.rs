//! The body of a stored row: JSON with short names, which says its version.
//!
//! Each version has a file of its own that is never changed: what it once wrote stays readable, and
//! renaming a field of [`Grant`] changes nothing that is stored. Binary values are base64url. What a row has columns
//! for is not in its body.

mod base64url;
mod nested;
mod v1;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;

use super::{ClientId, Facts, Grant, State, Timestamp};
use crate::code::{GrantId, UserCodeDigest};

/// The facts of a grant that are in the columns of its row.
#[derive(PartialEq)]
pub(crate) struct Columns {
    pub(crate) id: GrantId,
    pub(crate) user_code: Option<UserCodeDigest>,
    pub(crate) issuer: Arc<str>,
    pub(crate) client_id: ClientId,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Columns {
    /// The columns of a grant with these facts.
    pub(crate) fn of(facts: &Facts) -> Self {
        Self {
            id: facts.id,
            user_code: facts.user_code,
            issuer: facts.issuer.clone(),
            client_id: facts.client_id.clone(),
            issued_at: facts.issued_at,
            expires_at: facts.expires_at,
        }
    }
}

impl Grant {
    /// The grant without what is in columns: one JSON object that names its version.
    pub(crate) fn encoded<B: for<'b> From<&'b [u8]>>(&self) -> B {
        v1::write(self.facts(), self.state(), self.is_told_expired())
    }

    #[cfg(test)]
    pub(crate) fn to_body(&self) -> Vec<u8> {
        self.encoded()
    }

    /// The grant that these columns and this body hold. Bodies of every earlier version read too.
    pub(crate) fn from_body(body: &[u8], columns: Columns) -> Result<Self, BodyError> {
        // A later version fails at the first field that is unknown here: its number explains more than that place.
        v1::read(body, columns).map_err(|error| match version(body) {
            Some(version) if version != v1::VERSION => BodyError::unknown(version),
            Some(_) | None => error,
        })
    }

    /// Returns whether the body says, without being read as a whole, that the grant is bound to its client alone.
    pub(crate) fn is_unbound(body: &[u8]) -> bool {
        // The prefix has the version, so that the body of a later one is read as a whole, and refused.
        body.starts_with(v1::UNBOUND)
    }
}

impl Facts {
    /// The body of a grant that is issued with these facts.
    pub(crate) fn encoded_as_issued<B: for<'b> From<&'b [u8]>>(&self) -> B {
        v1::write(self, &State::Pending { review: None }, false)
    }
}

/// A stored body cannot be read. It says where, and nothing of what stands there: a body is about a person.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error(
        "the stored grant has version {0}, and this version of device-grant reads up to {newest}: update it on \
         this node",
        newest = v1::VERSION
    )]
    Unknown(u64),
    #[error("the stored grant is damaged at byte {0} of its body")]
    Damaged(usize),
    #[error("the body and the columns of the stored grant contradict each other in {0}")]
    Contradiction(&'static str),
}

impl BodyError {
    fn damaged(error: &serde_json::Error) -> Self {
        // A body is one line, so the column is the byte. The text of `error` could repeat what stands there.
        Self::Damaged(error.column())
    }

    fn unknown(version: u64) -> Self {
        Self::Unknown(version)
    }
}

/// The version that a body says it has, whatever else is in it.
fn version(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    let versioned: Versioned = serde_json::from_slice(body).ok()?;
    Some(versioned.v)
}
