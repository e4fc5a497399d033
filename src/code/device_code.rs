use std::fmt;

use base32::Alphabet;
use rand::TryRng;
use zeroize::Zeroizing;

use super::{GrantId, Reason, unpadded_base32};
use crate::invalid_value::InvalidValue;

const BYTES: usize = 32;
const LENGTH: usize = 52;
const ALPHABET: Alphabet = Alphabet::Rfc4648Lower { padding: false };

/// The secret that a device polls with: 256 random bits, written as 52 lower-case base 32 characters.
///
/// [RFC 8628 §5.2](https://www.rfc-editor.org/rfc/rfc8628#section-5.2) asks for very high entropy; this
/// crate fixes it at 256 bits, and there is no way to make a shorter one. It is erased from memory when
/// dropped and shows itself only through [`expose`](Self::expose).
#[derive(Clone)]
pub(crate) struct DeviceCode(Zeroizing<String>);

impl DeviceCode {
    /// Draws a new code.
    pub(crate) fn generate<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.try_fill_bytes(bytes.as_mut_slice())?;
        Ok(Self(unpadded_base32::encode(ALPHABET, bytes.as_slice())))
    }

    /// Reads a code as a client sends it.
    ///
    /// A code has exactly one spelling: anything that [`expose`](Self::expose) could not have written is
    /// refused, so two texts never name one grant.
    ///
    /// # Errors
    ///
    /// When the text is not 52 characters of `a`-`z` and `2`-`7` that encode 32 bytes.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let bytes = text.as_bytes();
        let in_alphabet = bytes
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        if bytes.len() == LENGTH && in_alphabet && bytes.last().is_some_and(ends_canonically) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(Reason::DeviceCode.into())
        }
    }

    /// The code itself, for the device authorization response and nothing else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The grant that this code names at `issuer`.
    pub(crate) fn grant_id(&self, issuer: &str, client_id: &str) -> GrantId {
        GrantId::derive(issuer, client_id, &self.0)
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCode(..)")
    }
}

/// Returns whether the last character says nothing that re-encoding would lose: 52 characters are 260 bits, so of
/// its five bits only the highest counts, and the others are zero.
///
/// Decoding would cost more than the whole look-up and leave another copy of the secret, and `base32` accepts
/// impossible lengths and stray bits anyway. The tests hold this against decoding and encoding again.
fn ends_canonically(last: &u8) -> bool {
    matches!(last, b'a' | b'q')
}
