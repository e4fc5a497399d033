use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// The longest text that is decoded: the characters of 48 bytes. Digests and fences have at most 32 bytes.
const LONGEST: usize = 64;

/// Bytes that JSON holds as base64url without padding.
#[derive(Clone, Copy)]
pub(super) struct Base64Url<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> Serialize for Base64Url<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; LONGEST];
        let text = Base64UrlUnpadded::encode(&self.0, &mut text).map_err(ser::Error::custom)?;
        serializer.serialize_str(text)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Base64Url<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor::<N>)
    }
}

struct Visitor<const N: usize>;

impl<const N: usize> de::Visitor<'_> for Visitor<N> {
    type Value = Base64Url<N>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{N} bytes as base64url")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let mut bytes = [0; N];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == N => Ok(Base64Url(bytes)),
            Ok(_) | Err(_) => Err(E::custom("not the bytes that belong here")),
        }
    }
}
