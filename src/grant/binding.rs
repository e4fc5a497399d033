use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;

use crate::message::PkceChallenge;

/// The thumbprint of a key that a device has proved to hold.
///
/// It is the SHA-256 JWK thumbprint of a DPoP key ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)) or the
/// SHA-256 of a client certificate ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)). This crate compares thumbprints;
/// verify the proof before you set one.
///
/// ```
/// use device_grant::grant::KeyThumbprint;
/// assert_eq!(KeyThumbprint::from_bytes([7; 32]).as_bytes(), &[7; 32]);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeyThumbprint([u8; 32]);

impl KeyThumbprint {
    /// The thumbprint with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the thumbprint.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyThumbprint {
    /// Writes it as unpadded base64url, as `jkt` and `x5t#S256` in the claim `cnf` are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

/// The key and the PKCE challenge to which a grant is bound, in addition to its client. A grant keeps those of the device
/// authorization request, and every poll presents its own.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Binding {
    /// The key that the device proved to hold.
    pub(crate) key_thumbprint: Option<KeyThumbprint>,
    /// The S256 challenge whose verifier the device must know ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)).
    pub(crate) pkce_challenge: Option<PkceChallenge>,
}

impl Binding {
    /// Returns whether there is neither a key nor a PKCE challenge.
    pub(crate) fn is_none(&self) -> bool {
        self.key_thumbprint.is_none() && self.pkce_challenge.is_none()
    }

    /// Returns whether `presented` has each part that this binding has. A part that it does not have is no obstacle.
    pub(crate) fn is_satisfied_by(&self, presented: &Self) -> bool {
        let key = |binding: &Self| binding.key_thumbprint.map(|key| key.0);
        let pkce = |binding: &Self| binding.pkce_challenge.map(|pkce| *pkce.as_bytes());
        is_bound_equal(key(self), key(presented)) && is_bound_equal(pkce(self), pkce(presented))
    }
}

fn is_bound_equal(stored: Option<[u8; 32]>, presented: Option<[u8; 32]>) -> bool {
    match (stored, presented) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(stored), Some(presented)) => stored.ct_eq(&presented).into(),
    }
}
