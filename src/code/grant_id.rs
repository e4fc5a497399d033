use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::{DeviceCode, Reason};
use crate::invalid_value::InvalidValue;
use crate::text::{Hex, decode_hex};

/// The identifier of a grant: the first 16 bytes of a SHA-256 over issuer, client and device code.
///
/// It is safe to log: it does not reveal the device code, and gives no access. For another issuer or another
/// client, the same device code has another identifier. It does not depend on keys.
///
/// ```
/// use device_grant::code::GrantId;
///
/// let id: GrantId = "000102030405060708090a0b0c0d0e0f".parse()?;
/// assert_eq!(id.to_string(), "000102030405060708090a0b0c0d0e0f");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct GrantId([u8; 16]);

impl GrantId {
    /// The identifier with these bytes, which a store has read and [`as_bytes`](Self::as_bytes) once returned.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Computes the identifier of the grant with this device code, for a client of an issuer.
    ///
    /// ```
    /// use device_grant::code::GrantId;
    ///
    /// let code = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q";
    /// let id = GrantId::of("https://a.example", "tv", code)?;
    /// assert_ne!(id, GrantId::of("https://b.example", "tv", code)?);
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the text cannot be a device code of this crate.
    pub fn of(issuer: &str, client_id: &str, device_code: &str) -> Result<Self, InvalidValue> {
        Ok(DeviceCode::parse(device_code)?.grant_id(issuer, client_id))
    }

    pub(super) fn derive(issuer: &str, client_id: &str, device_code: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"device-grant/grant-id/v1\0")
            .chain_update(length_prefix(issuer))
            .chain_update(issuer)
            .chain_update(length_prefix(client_id))
            .chain_update(client_id)
            // Last and always of one length, so it needs no prefix.
            .chain_update(device_code)
            .finalize();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        Self(id)
    }

    /// Returns the 16 bytes, for a store's key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({self})")
    }
}

impl FromStr for GrantId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = decode_hex(text).ok_or(Reason::GrantId)?;
        Ok(Self(bytes))
    }
}

impl Serialize for GrantId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GrantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = GrantId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 lower-case hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map_err(E::custom)
    }
}

/// Keeps `("ab", "c")` and `("a", "bc")` apart; eight bytes on every platform, because stores are shared.
pub(crate) fn length_prefix(text: &str) -> [u8; 8] {
    u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes()
}
