use std::{fmt, mem};

use rand::TryRng;
use zeroize::Zeroizing;

use super::{GrantId, Reason, unpadded_base32};
use crate::invalid_value::InvalidValue;

const BYTES: usize = 32;
const LENGTH: usize = 52;

/// The secret that a device polls with: 256 random bits, written as 52 lower-case base 32 characters.
///
/// [RFC 8628 §5.2](https://www.rfc-editor.org/rfc/rfc8628#section-5.2) asks for very high entropy; this
/// crate fixes it at 256 bits, and there is no way to make a shorter one. A new one is erased from memory when dropped;
/// one that a client has sent is borrowed from its request, which is.
#[derive(Clone)]
pub(crate) struct DeviceCode<T = Zeroizing<String>>(T);

impl DeviceCode {
    /// Draws a new code.
    pub(crate) fn generate<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.try_fill_bytes(bytes.as_mut_slice())?;
        Ok(Self(unpadded_base32::encode(bytes.as_slice())))
    }

    /// The code itself, for the device authorization response and nothing else.
    pub(crate) fn into_exposed(mut self) -> String {
        mem::take(&mut *self.0)
    }
}

impl<'a> DeviceCode<&'a str> {
    /// Reads a code as a client sends it.
    ///
    /// A code has exactly one spelling: anything that [`generate`](DeviceCode::generate) could not have written is
    /// refused, so two texts never name one grant.
    ///
    /// # Errors
    ///
    /// When the text is not 52 characters of `a`-`z` and `2`-`7` that encode 32 bytes.
    pub(crate) fn parse(text: &'a str) -> Result<Self, InvalidValue> {
        let bytes = text.as_bytes();
        let is_symbol = |byte: &u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        if bytes.len() == LENGTH
            && bytes.iter().all(is_symbol)
            && bytes.last().is_some_and(ends_canonically)
        {
            Ok(Self(text))
        } else {
            Err(Reason::DeviceCode.into())
        }
    }
}

impl<T: AsRef<str>> DeviceCode<T> {
    #[cfg(test)]
    pub(super) fn expose(&self) -> &str {
        self.0.as_ref()
    }

    /// The grant that this code names at `issuer`.
    pub(crate) fn grant_id(&self, issuer: &str, client_id: &str) -> GrantId {
        GrantId::derive(issuer, client_id, self.0.as_ref())
    }
}

impl<T> fmt::Debug for DeviceCode<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCode(..)")
    }
}

/// Returns whether the last character says nothing that re-encoding would lose: 52 characters are 260 bits, so of
/// its five bits only the highest counts, and the others are zero.
///
/// Decoding would cost more than the whole look-up and leave another copy of the secret, and decoders accept
/// impossible lengths and stray bits anyway. The tests hold this against decoding and encoding again.
fn ends_canonically(last: &u8) -> bool {
    matches!(last, b'a' | b'q')
}
