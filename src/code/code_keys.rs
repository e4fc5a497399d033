use std::fmt;

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::grant_id::length_prefix;
use super::{ConfirmationCode, ConfirmationDigest, GrantId, Reason, UserCode, UserCodeDigest};
use crate::invalid_value::InvalidValue;

const SHORTEST: usize = 32;
const LONGEST: usize = 512;
const HMAC_BLOCK: usize = 64;
const MOST_PREVIOUS: usize = 4;

/// The secret keys under which user codes are digested, and confirmation codes derived: the current one, and previous
/// ones still looked up.
///
/// To rotate, make the current key a previous one and put a new key in its place; drop the previous one when
/// the longest lifetime of a grant has passed. Every node that shares a store needs the same keys. They are
/// erased from memory when dropped and never shown.
///
/// ```
/// use device_grant::code::CodeKeys;
///
/// let old = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";
/// let new = "YWxzbyBub3QgYSBzZWNyZXQ6IGZvciBkb2NzIG9ubHkhIQ==";
/// let keys = CodeKeys::from_base64(new)?.with_previous_base64(old)?;
/// assert_eq!(format!("{keys:?}"), "CodeKeys { current: .., previous: 1 }");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct CodeKeys {
    current: Key,
    previous: Vec<Key>,
}

impl CodeKeys {
    /// Takes the current key: at least 32 random bytes, as `openssl rand -base64 32` prints them.
    ///
    /// Both base64 alphabets will do, with padding or without, and white space around it.
    ///
    /// # Errors
    ///
    /// When the text is not base64, or of fewer than 32 or more than 512 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidValue> {
        Ok(Self {
            current: Key::from_base64(text)?,
            previous: Vec::new(),
        })
    }

    /// Draws a key for a single process, whose codes need not outlive it.
    pub(crate) fn generate<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut block = Zeroizing::new([0; HMAC_BLOCK]);
        rng.try_fill_bytes(block.as_mut_slice())?;
        Ok(Self {
            current: Key(Hmac::new((&*block).into())),
            previous: Vec::new(),
        })
    }

    /// Adds a key whose codes are still found, but under which none is issued. May be repeated.
    ///
    /// # Errors
    ///
    /// As [`from_base64`](Self::from_base64); also when the key is there already, or there are four.
    pub fn with_previous_base64(mut self, text: &str) -> Result<Self, InvalidValue> {
        let key = Key::from_base64(text)?;
        if self.previous.len() >= MOST_PREVIOUS {
            return Err(Reason::TooManyKeys {
                maximum: MOST_PREVIOUS,
            }
            .into());
        }
        if self.all().any(|known| known.is_same(&key)) {
            return Err(Reason::KeyRepeated.into());
        }
        self.previous.push(key);
        Ok(self)
    }

    /// The digest under the current key, which a new grant is stored with.
    pub(crate) fn digest(&self, issuer: &str, code: &UserCode) -> UserCodeDigest {
        self.current.digest(issuer, code)
    }

    /// The digests under every key, the current one first, for a look-up.
    pub(crate) fn digests(&self, issuer: &str, code: &UserCode) -> Vec<UserCodeDigest> {
        self.all().map(|key| key.digest(issuer, code)).collect()
    }

    /// The codes of a nonce with this number under every key, the current one first.
    #[cfg(feature = "dpop")]
    pub(crate) fn nonce_codes(&self, issuer: &str, number: i64) -> impl Iterator<Item = [u8; 16]> {
        self.all().map(move |key| key.nonce_code(issuer, number))
    }

    /// Some bits of a digest of each key, the current one first, by which nodes compare their keys.
    pub(crate) fn marks(&self) -> impl Iterator<Item = u32> {
        self.all().map(Key::mark)
    }

    /// The confirmation code of this approval under the current key, and its digest.
    pub(crate) fn confirmation(
        &self,
        approval: &Approved<'_>,
    ) -> (ConfirmationCode, ConfirmationDigest) {
        let code = self.current.confirmation_code(approval);
        let digest = self.current.confirmation_digest(approval, &code);
        (code, digest)
    }

    /// The confirmation code that has this digest, under whichever key; `None` if that key is gone.
    pub(crate) fn confirmation_with(
        &self,
        digest: ConfirmationDigest,
        approval: &Approved<'_>,
    ) -> Option<ConfirmationCode> {
        self.all().find_map(|key| {
            let code = key.confirmation_code(approval);
            (key.confirmation_digest(approval, &code) == digest).then_some(code)
        })
    }

    /// The digests of a sent confirmation code under every key, the current one first.
    pub(crate) fn confirmation_digests(
        &self,
        approval: &Approved<'_>,
        code: &ConfirmationCode,
    ) -> Vec<ConfirmationDigest> {
        self.all()
            .map(|key| key.confirmation_digest(approval, code))
            .collect()
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for CodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeKeys")
            .field("current", &format_args!(".."))
            .field("previous", &self.previous.len())
            .finish()
    }
}

/// An approval, as confirmation codes are derived from it: the grant, whose id binds issuer, client and device code, and
/// the 128 random bits of the review that led to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Approved<'a> {
    pub(crate) grant: GrantId,
    pub(crate) nonce: &'a [u8; 16],
}

/// An HMAC that has taken its key, so that a digest starts from there.
#[derive(Clone)]
struct Key(Hmac<Sha256>);

impl Key {
    fn from_base64(text: &str) -> Result<Self, InvalidValue> {
        let text = text.trim_ascii();
        if text.len() > LONGEST.div_ceil(3) * 4 {
            return Err(Reason::KeyTooLong { maximum: LONGEST }.into());
        }
        let mut buffer = Zeroizing::new([0; LONGEST.next_multiple_of(3)]);
        let length = decode(text, buffer.as_mut_slice()).ok_or(Reason::KeyNotBase64)?;
        if length < SHORTEST {
            return Err(Reason::KeyTooShort {
                length,
                minimum: SHORTEST,
            }
            .into());
        }
        if length > LONGEST {
            return Err(Reason::KeyTooLong { maximum: LONGEST }.into());
        }
        let bytes = buffer.get(..length).unwrap_or_default();
        Hmac::new_from_slice(bytes)
            .map(Self)
            .map_err(|_| Reason::KeyTooLong { maximum: LONGEST }.into())
    }

    fn digest(&self, issuer: &str, code: &UserCode) -> UserCodeDigest {
        let mac = self
            .0
            .clone()
            .chain_update(b"device-grant/user-code/v1\0")
            .chain_update(length_prefix(issuer))
            .chain_update(issuer)
            .chain_update(code.expose())
            .finalize();
        UserCodeDigest::from_bytes(mac.into_bytes().into())
    }

    #[cfg(feature = "dpop")]
    fn nonce_code(&self, issuer: &str, number: i64) -> [u8; 16] {
        let mac = self
            .0
            .clone()
            .chain_update(b"device-grant/dpop-nonce/v1\0")
            .chain_update(length_prefix(issuer))
            .chain_update(issuer)
            .chain_update(number.to_be_bytes())
            .finalize();
        mac.into_bytes().first_chunk().copied().unwrap_or_default()
    }

    fn mark(&self) -> u32 {
        let mac = self.0.clone().chain_update(b"device-grant/mark/v1");
        let digest = mac.finalize().into_bytes();
        u32::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
    }

    fn confirmation_code(&self, approval: &Approved<'_>) -> ConfirmationCode {
        let mac: [u8; 32] = self
            .0
            .clone()
            .chain_update(b"device-grant/confirmation-code/v1\0")
            .chain_update(approval.grant.as_bytes())
            .chain_update(approval.nonce)
            .finalize()
            .into_bytes()
            .into();
        let bits = mac.first_chunk().copied().unwrap_or_default();
        ConfirmationCode::of_bits(u64::from_be_bytes(bits))
    }

    fn confirmation_digest(
        &self,
        approval: &Approved<'_>,
        code: &ConfirmationCode,
    ) -> ConfirmationDigest {
        let mac: [u8; 32] = self
            .0
            .clone()
            .chain_update(b"device-grant/confirmation-digest/v1\0")
            .chain_update(approval.grant.as_bytes())
            .chain_update(approval.nonce)
            .chain_update(code.expose())
            .finalize()
            .into_bytes()
            .into();
        ConfirmationDigest::from_bytes(mac.first_chunk().copied().unwrap_or_default())
    }

    /// Keys are the same when they digest the same; the bytes themselves are not kept.
    fn is_same(&self, other: &Self) -> bool {
        let digest = |key: &Self| key.0.clone().finalize().into_bytes();
        digest(self).ct_eq(&digest(other)).into()
    }
}

fn decode(text: &str, buffer: &mut [u8]) -> Option<usize> {
    let decoders = [
        Base64::decode,
        Base64Unpadded::decode,
        Base64Url::decode,
        Base64UrlUnpadded::decode,
    ];
    decoders
        .iter()
        .find_map(|decode| decode(text, buffer).ok().map(<[u8]>::len))
}
