use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// The identifier of a client ([RFC 6749 §2.2](https://www.rfc-editor.org/rfc/rfc6749#section-2.2)).
///
/// ```
/// use device_grant::grant::ClientId;
/// assert_eq!(ClientId::new("tv").as_str(), "tv");
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// The identifier with this text, which is not checked.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ClientId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ClientId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stable identifier of an end user: the `sub` of OpenID Connect, before any pairwise mapping.
///
/// ```
/// use device_grant::grant::Subject;
/// assert_eq!(Subject::from("alice"), Subject::new("alice"));
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Subject(Arc<str>);

impl Subject {
    /// The identifier with this text, which is not checked.
    #[must_use]
    pub fn new(subject: impl Into<Arc<str>>) -> Self {
        Self(subject.into())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Subject {
    /// The identifier without a copy of it.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl From<&str> for Subject {
    fn from(subject: &str) -> Self {
        Self::new(subject)
    }
}

impl From<String> for Subject {
    fn from(subject: String) -> Self {
        Self::new(subject)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fingerprint of a browser session.
///
/// Session identifiers are often the session cookie itself, so only this digest reaches a store: who
/// reads the database cannot take over a session.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SessionDigest([u8; 16]);

impl SessionDigest {
    /// The fingerprint of the session with this identifier.
    pub(crate) fn of(session: &str) -> Self {
        let digest = Sha256::new_with_prefix(b"device-grant session v1\0")
            .chain_update(session)
            .finalize();
        let mut half = [0; 16];
        half.iter_mut()
            .zip(digest)
            .for_each(|(half, byte)| *half = byte);
        Self(half)
    }

    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}
