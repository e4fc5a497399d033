use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;

use super::{PortError, Row};
use crate::code::GrantId;
use crate::grant::{ClientId, Subject, Timestamp};
use crate::invalid_value::InvalidValue;

/// Finds the grants of an end user or of a client: optional, for stores that can.
///
/// It is what [`DeviceGrants::list_own`](crate::DeviceGrants::list_own),
/// [`DeviceGrants::revoke_all_own`](crate::DeviceGrants::revoke_all_own) and their forms for administrators read. Every write goes through the
/// [`GrantStore`](super::GrantStore).
///
/// # Contract
///
/// 1. **All of them.** Every grant that is [theirs](PageRequest::includes) and still remembered, pending or decided,
///    expired or not. *Broken: a user signs out everywhere, and one device stays signed in.*
/// 2. **Nobody else's.** Subjects, clients and issuers are told apart byte by byte. *Broken: one user sees, and ends, what
///    another one's devices do.*
/// 3. **Newest first, and each once.** In descending order of [`Cursor`], only what comes after the given one, and no
///    more than the limit; fewer only at the end. So whoever follows the cursor meets each grant that is there all the
///    time exactly once, whatever is added, changed or forgotten meanwhile. *Broken: a grant is skipped, and stays.*
/// 4. **As it is.** A grant comes with its revision as of a write acknowledged before the call, or a later one; no
///    index and no replica that lags. *Broken: what was approved a moment ago survives a sign-out.*
#[async_trait]
pub trait GrantDirectory: Send + Sync {
    /// Lists a page of their grants.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the store cannot tell.
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError>;
}

#[async_trait]
impl<D: GrantDirectory + ?Sized> GrantDirectory for Arc<D> {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        (**self).list(page).await
    }
}

/// A page of a list of grants, as a directory is asked for it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PageRequest {
    /// The issuer identifier of the grants. Those of another issuer in the same store are left out.
    pub issuer: Arc<str>,
    /// The end user or the client whose grants they are.
    pub of: GrantsOf,
    /// The place after which the page begins; `None` for the first page.
    pub after: Option<Cursor>,
    /// The most rows to return.
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
    /// Those that this end user approved. A grant that they denied, or only reviewed, is not among them.
    Subject(Subject),
    /// Those whose codes were issued to this client.
    Client(ClientId),
}

/// A place in a list of grants: the time at which the codes of one were issued, and its id. Neither ever changes.
///
/// As text it is fit for a link to the next page. It names a grant, and is no secret.
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
        // There is one way to write each.
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
