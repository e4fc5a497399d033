use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Reason;
use crate::invalid_value::InvalidValue;
use crate::text::{Hex, decode_hex};

/// The stored digest of a user code: 128 bits of its HMAC-SHA-256 under a key of [`CodeKeys`](super::CodeKeys).
///
/// A plain hash of a code with 35 bits could be reversed in seconds by trying all codes. Without the key, this one cannot.
///
/// ```
/// use device_grant::code::UserCodeDigest;
///
/// let digest = UserCodeDigest::from_bytes([7; 16]);
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// assert_eq!(format!("{digest:?}"), "UserCodeDigest(07070707..)");
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserCodeDigest([u8; 16]);

impl UserCodeDigest {
    /// The digest with these bytes, which a store has read and [`as_bytes`](Self::as_bytes) once returned.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes, for a store's index.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
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
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = decode_hex(text).ok_or(Reason::UserCodeDigest)?;
        Ok(Self(bytes))
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
        f.write_str("32 lower-case hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map_err(E::custom)
    }
}
