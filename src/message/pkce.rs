use std::{fmt, str::FromStr};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::invalid_value::InvalidValue;
use crate::message::reason::Reason;

/// Holds an S256 code challenge: the SHA-256 digest of a [`PkceVerifier`].
///
/// [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636) defines PKCE for authorization codes. This
/// crate takes it for device codes too, as several servers do: a device code that leaks is then of
/// no use without the verifier. Only `S256` exists here; `plain` would put the verifier on the wire
/// twice.
#[derive(Clone, Copy)]
pub(crate) struct PkceChallenge([u8; 32]);

impl PkceChallenge {
    /// The only method: SHA-256.
    pub(crate) const METHOD: &str = "S256";

    /// Reads a challenge: 43 characters of base64url without padding.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] if the text is not the encoding of exactly 32 bytes.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let mut digest = [0; 32];
        match Base64UrlUnpadded::decode(text, &mut digest) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(digest)),
            Ok(_) | Err(_) => Err(Reason::PkceChallenge.into()),
        }
    }

    /// Takes the digest itself.
    pub(crate) fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Returns the digest itself.
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for PkceChallenge {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for PkceChallenge {}

impl FromStr for PkceChallenge {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for PkceChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl fmt::Debug for PkceChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PkceChallenge({self})")
    }
}

impl Serialize for PkceChallenge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PkceChallenge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// Holds a code verifier: the secret that only the device which started the grant knows.
#[derive(Clone)]
pub(crate) struct PkceVerifier(Zeroizing<Box<str>>);

impl PkceVerifier {
    /// Reads a verifier: 43 to 128 unreserved characters
    /// ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] if the text is shorter, longer, or holds another character.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&text.len()) || !text.bytes().all(unreserved) {
            return Err(Reason::PkceVerifier.into());
        }
        Ok(Self(Zeroizing::new(text.into())))
    }

    /// Returns the challenge that this verifier answers
    /// ([RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)).
    pub(crate) fn challenge(&self) -> PkceChallenge {
        PkceChallenge(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for PkceVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PkceVerifier(..)")
    }
}

impl FromStr for PkceVerifier {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
