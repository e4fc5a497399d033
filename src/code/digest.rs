use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::hex::{self, Hex};

/// What is kept of a user code: its HMAC-SHA-256 under a key of [`CodeKeys`](super::CodeKeys).
///
/// A plain hash of a code with 35 bits is undone in seconds; without the key, this is not.
///
/// ```
/// use device_grant::code::{CodeKeys, UserCodeDigest, UserCodeFormat};
///
/// let keys = CodeKeys::from_base64("bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u")?;
/// let code = UserCodeFormat::default().parse("WDJB-MJHT")?;
/// let digest = keys.digest("https://as.example", &code);
/// assert_eq!(UserCodeDigest::from_bytes(*digest.as_bytes()), digest);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserCodeDigest([u8; 32]);

impl UserCodeDigest {
    /// Wraps bytes that [`as_bytes`](Self::as_bytes) once gave, as a store does when it reads a row.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for a store's index.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for UserCodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for UserCodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, _) = self.0.split_at(4);
        write!(f, "UserCodeDigest({}..)", Hex(head))
    }
}

impl FromStr for UserCodeDigest {
    type Err = InvalidUserCodeDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode(text).map(Self).ok_or(InvalidUserCodeDigest)
    }
}

impl Serialize for UserCodeDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserCodeDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = UserCodeDigest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("64 lower-case hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map_err(E::custom)
    }
}

/// The text is not a [`UserCodeDigest`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a user-code digest is 64 lower-case hexadecimal digits")]
pub struct InvalidUserCodeDigest;
