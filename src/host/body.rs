use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::grant::{BodyError, Columns, Grant, State};

/// The part of a [`Row`](super::Row) that stores do not read: bytes with their own version.
///
/// They are JSON in UTF-8 without NUL, so a text column can hold them. They are personal data, so `Debug` shows only their
/// number.
#[derive(Clone)]
pub struct Body(Form);

#[derive(Clone)]
enum Form {
    Bytes(Arc<[u8]>),
    /// Becomes bytes when a store asks for them. One in memory never does.
    Grant(Arc<Written>),
}

/// A grant that this node has written.
struct Written {
    grant: Grant,
    bytes: OnceLock<Box<[u8]>>,
}

impl Body {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Bytes(bytes) => bytes,
            Form::Grant(written) => written.bytes.get_or_init(|| written.grant.encoded()),
        }
    }

    /// The body of a grant.
    pub(crate) fn of(grant: &Grant) -> Self {
        // A grant takes more memory than its bytes. So it is kept only while a person or a device is expected to read it again.
        if is_in_use(grant) {
            Self(Form::Grant(Arc::new(Written {
                grant: grant.clone(),
                bytes: OnceLock::new(),
            })))
        } else {
            grant.encoded()
        }
    }

    /// The grant that this body and these columns hold.
    pub(crate) fn read(&self, columns: Columns) -> Result<Grant, BodyError> {
        match &self.0 {
            // A faulty store may return the body of another row.
            Form::Grant(written) if columns == Columns::of(written.grant.facts()) => {
                Ok(written.grant.clone())
            }
            Form::Grant(_) | Form::Bytes(_) => Grant::from_body(self.as_bytes(), columns),
        }
    }

    /// Returns whether the grant is certainly bound to its client alone, without a look at all of it.
    pub(crate) fn is_unbound(&self) -> bool {
        match &self.0 {
            Form::Bytes(bytes) => Grant::is_unbound(bytes),
            Form::Grant(written) => written.grant.facts().binding.is_none(),
        }
    }
}

/// Returns whether a person or a device is in the middle of something with the grant.
fn is_in_use(grant: &Grant) -> bool {
    let is_under_way = match grant.state() {
        State::Pending { review } => review.is_some(),
        State::Approved { .. } | State::Unconfirmed { .. } | State::Redeeming { .. } => true,
        State::Denied { .. }
        | State::Redeemed { .. }
        | State::Refused { .. }
        | State::Lapsed { .. }
        | State::Revoked { .. } => false,
    };
    is_under_way && !grant.is_told_expired()
}

impl Default for Body {
    fn default() -> Self {
        Self::from([].as_slice())
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Body {}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Form::Bytes(bytes.into()))
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Self(Form::Bytes(bytes.into()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.as_bytes().len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::code::GrantId;
    use crate::grant::{Arrival, Facts, Nonce, Reviewer, Timestamp};

    /// A grant that somebody reviews.
    fn grant(client_id: &str) -> Grant {
        let id = GrantId::from_bytes([1; 16]);
        let (at, longest) = (Timestamp::from_micros(0), Duration::from_secs(600));
        let grant = Grant::issue(Facts::new(id, client_id, at, longest));
        let (alice, nonce) = (Reviewer::new("alice", None), Nonce::from_bytes([5; 16]));
        let claimed = grant.claim(&alice, Arrival::Typed, nonce, at, longest);
        claimed.unwrap().next.unwrap()
    }

    #[test]
    fn a_body_has_the_bytes_of_its_grant() {
        let grant = grant("tv");
        assert_eq!(Body::of(&grant).as_bytes(), grant.to_body());
        assert_eq!(Body::of(&grant), Body::from(grant.to_body()));
    }

    #[test]
    fn a_body_beside_the_columns_of_another_row_has_their_facts() {
        let [one, other] = ["one", "other"].map(grant);
        let read = Body::of(&one).read(Columns::of(other.facts()));
        assert_eq!(read, Ok(other));
    }

    #[test]
    fn a_grant_that_nobody_is_about_to_read_is_kept_as_bytes() {
        let grant = grant("tv");
        let is_kept = |grant: &Grant| matches!(Body::of(grant).0, Form::Grant(_));
        assert!(is_kept(&grant));
        assert!(!is_kept(&grant.told_expired()));
    }

    #[test]
    fn a_body_takes_no_more_than_the_bytes_alone_would() {
        assert_eq!(size_of::<Body>(), size_of::<Arc<[u8]>>());
    }
}
