use std::fmt;

use base32::Alphabet;
use rand::TryRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::GrantId;
use super::unpadded_base32;

const BYTES: usize = 32;
const LENGTH: usize = 52;
const ALPHABET: Alphabet = Alphabet::Rfc4648Lower { padding: false };

/// The secret that a device polls with: 256 random bits, written as 52 lower-case base 32 characters.
///
/// [RFC 8628 §5.2](https://www.rfc-editor.org/rfc/rfc8628#section-5.2) asks for very high entropy; this
/// crate fixes it at 256 bits, and there is no way to make a shorter one. It is erased from memory when
/// dropped and shows itself only through [`expose`](Self::expose).
///
/// ```
/// use device_grant::code::DeviceCode;
///
/// let text = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q";
/// let code = DeviceCode::parse(text)?;
/// assert_eq!(code.expose(), text);
/// assert_eq!(format!("{code:?}"), "DeviceCode(..)");
/// assert_ne!(code.grant_id("https://a.example"), code.grant_id("https://b.example"));
/// # Ok::<(), device_grant::code::InvalidDeviceCode>(())
/// ```
#[derive(Clone)]
pub struct DeviceCode(Zeroizing<String>);

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
    pub fn parse(text: &str) -> Result<Self, InvalidDeviceCode> {
        // The decoder takes lengths that no encoder writes, and ignores stray bits in the last character.
        if text.len() != LENGTH {
            return Err(InvalidDeviceCode);
        }
        let bytes = base32::decode(ALPHABET, text)
            .map(Zeroizing::new)
            .ok_or(InvalidDeviceCode)?;
        let canonical = unpadded_base32::encode(ALPHABET, &bytes);
        if canonical.as_str() == text {
            Ok(Self(canonical))
        } else {
            Err(InvalidDeviceCode)
        }
    }

    /// The code itself, for the device authorization response and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The grant that this code names at `issuer`.
    #[must_use]
    pub fn grant_id(&self, issuer: &str) -> GrantId {
        GrantId::derive(issuer, &self.0)
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCode(..)")
    }
}

/// The text is not a [`DeviceCode`]. It does not say why, and never repeats the text.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not a device code of this server")]
pub struct InvalidDeviceCode;
