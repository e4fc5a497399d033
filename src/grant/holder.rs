use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::ClientId;
use crate::message::PkceChallenge;

/// The fingerprint of a key that the device holds, as the host verified it.
///
/// The SHA-256 JWK thumbprint of a DPoP key ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)) or the
/// SHA-256 of a client certificate ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)). This crate
/// compares fingerprints; checking the proof itself is the host's.
///
/// ```
/// use device_grant::grant::KeyThumbprint;
/// assert_eq!(KeyThumbprint::from_bytes([7; 32]).as_bytes(), &[7; 32]);
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct KeyThumbprint([u8; 32]);

impl KeyThumbprint {
    /// The fingerprint with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The fingerprint's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Who may poll with a device code: the client, and whatever else the grant was bound to.
///
/// A grant keeps one from the device authorization request; every poll presents one. A binding that
/// the grant does not have is no obstacle; one that it has must be equal.
///
/// ```
/// use device_grant::grant::{Holder, KeyThumbprint};
///
/// let key = KeyThumbprint::from_bytes([7; 32]);
/// let bound = Holder::new("tv").key(key);
/// assert!(Holder::new("tv").is_satisfied_by(&bound));
/// assert!(!bound.is_satisfied_by(&Holder::new("tv")));
/// assert!(!bound.is_satisfied_by(&Holder::new("radio").key(key)));
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Holder {
    /// The client that the device code was issued to.
    pub client_id: ClientId,
    /// The key that the device proved to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_thumbprint: Option<KeyThumbprint>,
    /// The S256 challenge whose verifier the device must know ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkce_challenge: Option<PkceChallenge>,
}

impl Holder {
    /// A holder bound to nothing but its client.
    #[must_use]
    pub fn new(client_id: impl Into<ClientId>) -> Self {
        Self {
            client_id: client_id.into(),
            key_thumbprint: None,
            pkce_challenge: None,
        }
    }

    /// With a key.
    #[must_use]
    pub fn key(mut self, thumbprint: KeyThumbprint) -> Self {
        self.key_thumbprint = Some(thumbprint);
        self
    }

    /// With an S256 challenge.
    #[must_use]
    pub fn pkce(mut self, challenge: PkceChallenge) -> Self {
        self.pkce_challenge = Some(challenge);
        self
    }

    /// Whether it is bound to more than its client: to a key, or to a PKCE challenge.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.key_thumbprint.is_some() || self.pkce_challenge.is_some()
    }

    /// Whether `presented` is this holder: the same client, and equal in every binding that this one has.
    #[must_use]
    pub fn is_satisfied_by(&self, presented: &Self) -> bool {
        let key = |holder: &Self| holder.key_thumbprint.map(|key| key.0);
        let pkce = |holder: &Self| holder.pkce_challenge.map(|challenge| *challenge.as_bytes());
        self.client_id == presented.client_id
            && is_bound_equal(key(self), key(presented))
            && is_bound_equal(pkce(self), pkce(presented))
    }
}

fn is_bound_equal(stored: Option<[u8; 32]>, presented: Option<[u8; 32]>) -> bool {
    match (stored, presented) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(stored), Some(presented)) => stored.ct_eq(&presented).into(),
    }
}
