use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;

use super::{PortError, Row};
use crate::code::GrantId;
use crate::grant::{ClientId, Subject, Timestamp};
use crate::invalid_value::InvalidValue;

/// Finds the grants of an end user or of a client. Optional, for stores that can.
///
/// [`DeviceGrants::list_own`](crate::DeviceGrants::list_own), [`DeviceGrants::revoke_all_own`](crate::DeviceGrants::revoke_all_own)
/// and the methods for administrators call it. Every write goes through the [`GrantStore`](super::GrantStore).
///
/// # Contract
///
/// 1. **All of them.** It finds every stored grant that [belongs](PageRequest::includes) to the end user or client, pending
///    or decided, expired or not. *Broken: a user signs out everywhere, and one device stays signed in.*
/// 2. **No others.** Subjects, clients and issuers are compared byte by byte. *Broken: a user sees, and ends, the grants of
///    another one.*
/// 3. **Newest first, and each once.** Grants come in descending order of [`Cursor`], only those after the given one, and at
///    most the limit; fewer only at the end. So pages together have each grant that exists all the
///    time exactly once, whatever is added, changed or deleted meanwhile. *Broken: a sign-out skips a grant.*
/// 4. **Up to date.** A grant has the revision of a write that was acknowledged before the call, or of a later one; no
///    index or replica lags. *Broken: a grant that was approved a moment ago survives a sign-out.*
#[async_trait]
pub trait GrantDirectory: Send + Sync {
    /// Returns a page of grants. Clauses 1 to 4.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the store fails.
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError>;
}

#[async_trait]
impl<D: GrantDirectory + ?Sized> GrantDirectory for Arc<D> {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        (**self).list(page).await
    }
}

/// A request to a directory for a page of a list of grants.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PageRequest {
    /// The issuer identifier of the grants. Those of another issuer in the same store are left out.
    pub issuer: Arc<str>,
    /// The end user or the client whose grants are listed.
    pub of: GrantsOf,
    /// The place after which the page begins; `None` for the first page.
    pub after: Option<Cursor>,
    /// The largest number of rows to return.
    pub limit: u32,
}

impl PageRequest {
    /// The first page.
    #[must_use]
    pub fn first(issuer: impl Into<Arc<str>>, of: GrantsOf, limit: u32) -> Self {
        Self {
            issuer: issuer.into(),
            of,
            after: None,
            limit,
        }
    }

    /// Returns whether this row belongs on this page or a later one.
    #[must_use]
    pub fn includes(&self, row: &Row) -> bool {
        let is_theirs = match &self.of {
            GrantsOf::Subject(subject) => row.subject.as_ref() == Some(subject),
            GrantsOf::Client(client) => row.client_id == *client,
        };
        is_theirs
            && row.issuer == self.issuer
            && self.after.is_none_or(|after| Cursor::at(row) < after)
    }
}

/// The end user or the client that grants belong to.
///
/// ```
/// use device_grant::host::GrantsOf;
///
/// let grants = [GrantsOf::Subject("alice".into()), GrantsOf::Client("tv".into())];
/// # let _ = grants;
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "part of the directory contract")]
pub enum GrantsOf {
    /// The grants that this end user approved, without grants that they denied or only reviewed.
    Subject(Subject),
    /// The grants whose codes were issued to this client.
    Client(ClientId),
}

/// A place in a list of grants: the time at which the codes of a grant were issued, and its id. Neither changes.
///
/// Its text can be part of a link to the next page. It has the id of a grant, and is not a secret.
///
/// ```
/// use device_grant::grant::Timestamp;
/// use device_grant::host::Cursor;
///
/// let cursor: Cursor = "1700000000000000-000102030405060708090a0b0c0d0e0f".parse()?;
/// assert_eq!(cursor.issued_at, Timestamp::from_micros(1_700_000_000_000_000));
/// assert_eq!(cursor.to_string(), "1700000000000000-000102030405060708090a0b0c0d0e0f");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Cursor {
    /// The time at which the codes of the grant at this place were issued.
    pub issued_at: Timestamp,
    /// The grant at this place.
    pub id: GrantId,
}

impl Cursor {
    /// The place of a row.
    #[must_use]
    pub fn at(row: &Row) -> Self {
        Self {
            issued_at: row.issued_at,
            id: row.id,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.issued_at.as_micros(), self.id)
    }
}

fn not_a_cursor() -> InvalidValue {
    InvalidValue::because("the text names no place in a list of grants")
}

impl FromStr for Cursor {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.rsplit_once('-').and_then(|(issued_at, id)| {
            let issued_at = Timestamp::from_micros(issued_at.parse().ok()?);
            let id = id.parse().ok()?;
            Some(Self { issued_at, id })
        });
        // A place has one spelling: `parse` alone would take `+1` and `01`.
        parts
            .filter(|cursor| cursor.to_string() == text)
            .ok_or_else(not_a_cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cursor_reads_back_and_nothing_else_does() {
        let id = GrantId::from_bytes([0xab; 16]);
        for issued_at in [Timestamp::MIN, Timestamp::from_micros(-1), Timestamp::MAX] {
            let cursor = Cursor { issued_at, id };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let id = id.to_string();
        let long = "9".repeat(100_000);
        for text in [
            "",
            "-",
            "1",
            &id,
            &format!("+1-{id}"),
            &format!("01-{id}"),
            &format!("1-{id}x"),
            &long,
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(not_a_cursor()), "{text:.40}");
        }
    }

    #[test]
    fn later_grants_have_higher_places() {
        let place = |micros, byte| Cursor {
            issued_at: Timestamp::from_micros(micros),
            id: GrantId::from_bytes([byte; 16]),
        };
        assert!(place(-1, 9) < place(0, 1));
        assert!(place(0, 1) < place(0, 2));
    }
}
