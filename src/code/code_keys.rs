use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
/// The most keys: each is one more digest of each user code that is looked up.
const MOST: usize = 5;

/// The secret keys for the digests of user codes and for confirmation codes, from the oldest to the newest.
///
/// Every node that shares a store needs the same keys. They are wiped from memory when dropped, and `Debug` hides them.
///
/// A user code is found under any of the keys. New codes are stored under the newest key once every node has it, and under the
/// one before until then. The nodes compare their newest keys through the limiter, in
/// [`DeviceGrants::check`](crate::DeviceGrants::check) and in
/// [`DeviceGrants::purge_regularly`](crate::DeviceGrants::purge_regularly). So a rotation takes two changes, in which all live
/// codes stay valid, whatever the order of the nodes:
///
/// 1. Add the new key after the others, on all nodes.
/// 2. When `check` reports no problem `key_rotation` on any node, wait for one lifetime of the codes. Then remove the old
///    key on all nodes.
///
/// ```
/// use device_grant::code::CodeKeys;
///
/// // What a file, an environment variable or a secrets manager holds: a key a line, the newest last.
/// let secret = "
///     bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u
///     YWxzbyBub3QgYSBzZWNyZXQ6IGZvciBkb2NzIG9ubHkhIQ==
/// ";
/// let keys = CodeKeys::parse(secret)?;
/// assert_eq!(format!("{keys:?}"), "CodeKeys { keys: 2, .. }");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct CodeKeys {
    oldest: Key,
    /// The others, the newest last.
    newer: Vec<Key>,
    /// The number of the key that codes are drawn under, or [`UNKNOWN`](Self::UNKNOWN). Clones share it.
    drawn: Arc<AtomicUsize>,
}

impl CodeKeys {
    /// The value of `drawn` while it is not known whether every node has the newest key.
    const UNKNOWN: usize = usize::MAX;

    /// Reads one key of 32 to 512 random bytes, as `openssl rand -base64 32` prints it.
    ///
    /// Both base64 alphabets are accepted, with or without padding, and with white space around the text.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the text is not base64, or has fewer than 32 or more than 512 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidValue> {
        Self::of([Key::from_base64(text.trim_ascii())])
    }

    /// Reads one to five keys, separated by white space such as line breaks, the newest last. Each has 32 to 512 random
    /// bytes, in base64 or in hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if a key is neither, or has fewer than 32 or more than 512 bytes; if there is no key, a repeated one, or
    /// more than five.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::of(text.split_ascii_whitespace().map(|key| {
            let digits = key.bytes().all(|digit| digit.is_ascii_hexdigit());
            // Base64 of as many random bytes is all hexadecimal digits once in 10^25 times.
            if digits && key.len() >= 2 * SHORTEST {
                Key::from_hex(key)
            } else {
                Key::from_base64(key)
            }
        }))
    }

    /// Makes keys of one to five values of 32 to 512 random bytes, the newest last.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn from_bytes<K: AsRef<[u8]>>(
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Self, InvalidValue> {
        Self::of(keys.into_iter().map(|key| Key::from_bytes(key.as_ref())))
    }

    fn of(keys: impl IntoIterator<Item = Result<Key, InvalidValue>>) -> Result<Self, InvalidValue> {
        let mut keys = keys.into_iter();
        let mut all = Self::single(keys.next().ok_or(Reason::NoKey)??);
        for key in keys {
            let key = key?;
            if all.all().any(|known| known.is_same(&key)) {
                return Err(Reason::KeyRepeated.into());
            }
            if all.newer.len() + 1 >= MOST {
                return Err(Reason::TooManyKeys { maximum: MOST }.into());
            }
            all.newer.push(key);
            // With several, codes are drawn under the oldest until the nodes know which key all of them have.
            all.drawn.store(Self::UNKNOWN, Ordering::Relaxed);
        }
        Ok(all)
    }

    /// Makes the list of a single key, under which codes are drawn, whether or not other nodes have it.
    fn single(key: Key) -> Self {
        Self {
            oldest: key,
            newer: Vec::new(),
            drawn: Arc::default(),
        }
    }

    /// Returns the same keys, with their own state, for one service. Another service with a clone, such as that of another issuer,
    /// finds out separately which key all of its nodes have.
    pub(crate) fn of_one_service(mut self) -> Self {
        let drawn = if self.newer.is_empty() {
            0
        } else {
            Self::UNKNOWN
        };
        self.drawn = Arc::new(AtomicUsize::new(drawn));
        self
    }

    /// Draws a key for a single process, whose codes need not outlive it.
    pub(crate) fn generate<R: TryRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        // A key of one block is taken as it is: nothing is hashed, and nothing can fail.
        let mut block = Zeroizing::new([0; HMAC_BLOCK]);
        rng.try_fill_bytes(block.as_mut_slice())?;
        Ok(Self::single(Key(Hmac::new((&*block).into()))))
    }

    /// Returns whether it is to be found out if every node has the newest key.
    pub(crate) fn is_unsettled(&self) -> bool {
        // Relaxed: the number is an index into keys that never change.
        self.drawn.load(Ordering::Relaxed) == Self::UNKNOWN
    }

    /// Returns whether codes are drawn under the newest key.
    pub(crate) fn draws_newest(&self) -> bool {
        self.drawn.load(Ordering::Relaxed) == self.newer.len()
    }

    /// Draws codes under the newest key if every node has it, and under the one before otherwise.
    pub(crate) fn settle(&self, has_every_node_the_newest: bool) {
        let newest = self.newer.len();
        let drawn = if has_every_node_the_newest {
            newest
        } else {
            newest.saturating_sub(1)
        };
        self.drawn.store(drawn, Ordering::Relaxed);
    }

    /// The digest under the key that codes are drawn under, which a new grant is stored with.
    pub(crate) fn digest(&self, issuer: &str, code: &UserCode) -> UserCodeDigest {
        self.current().digest(issuer, code)
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

    /// The mark of the newest key.
    pub(crate) fn newest_mark(&self) -> u32 {
        self.newer.last().unwrap_or(&self.oldest).mark()
    }

    /// The confirmation code of this approval under the current key, and its digest.
    pub(crate) fn confirmation(
        &self,
        approval: &Approved<'_>,
    ) -> (ConfirmationCode, ConfirmationDigest) {
        let current = self.current();
        let code = current.confirmation_code(approval);
        let digest = current.confirmation_digest(approval, &code);
        (code, digest)
    }

    /// Returns the confirmation code that has this digest under one of the keys; `None` if its key was removed.
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

    /// The key that codes are drawn under: the oldest as long as it is not known which.
    fn current(&self) -> &Key {
        // Relaxed: look-ups try every key, so a code under the key of a moment ago is found.
        let drawn = self.drawn.load(Ordering::Relaxed).checked_sub(1);
        let newer = drawn.and_then(|newer| self.newer.get(newer));
        newer.unwrap_or(&self.oldest)
    }

    /// All keys, the current one first.
    fn all(&self) -> impl Iterator<Item = &Key> {
        let current = self.current();
        let keys = std::iter::once(&self.oldest).chain(&self.newer);
        let others = keys.filter(move |key| !std::ptr::eq(*key, current));
        std::iter::once(current).chain(others)
    }
}

impl fmt::Debug for CodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeKeys")
            .field("keys", &(self.newer.len() + 1))
            .finish_non_exhaustive()
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
        if text.len() > LONGEST.div_ceil(3) * 4 {
            return Err(Reason::KeyTooLong { maximum: LONGEST }.into());
        }
        let mut buffer = Zeroizing::new([0; LONGEST.next_multiple_of(3)]);
        let length = decode(text, buffer.as_mut_slice()).ok_or(Reason::KeyNotBase64)?;
        Self::from_bytes(buffer.get(..length).unwrap_or_default())
    }

    fn from_hex(text: &str) -> Result<Self, InvalidValue> {
        if text.len() > 2 * LONGEST {
            return Err(Reason::KeyTooLong { maximum: LONGEST }.into());
        }
        let mut buffer = Zeroizing::new([0; LONGEST]);
        let bytes = decode_hex(text, buffer.as_mut_slice()).ok_or(Reason::KeyNotBase64)?;
        Self::from_bytes(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidValue> {
        let length = bytes.len();
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
        Hmac::new_from_slice(bytes)
            .map(Self)
            .map_err(|_| Reason::KeyTooLong { maximum: LONGEST }.into())
    }

    fn digest(&self, issuer: &str, code: &UserCode) -> UserCodeDigest {
        let mac = self
            .0
            .clone()
            // One label for each use of the key, so that no MAC of one use is valid for another.
            .chain_update(b"device-grant/user-code/v1\0")
            .chain_update(length_prefix(issuer))
            .chain_update(issuer)
            .chain_update(code.expose())
            .finalize();
        // Half of it tells codes apart as well, and takes half the space in each store.
        UserCodeDigest::from_bytes(mac.into_bytes().first_chunk().copied().unwrap_or_default())
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
    // Tools print keys in any of these four forms.
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

/// The bytes of an even number of hexadecimal digits. A digit's value is found by arithmetic, as base64 is decoded, so that the
/// time it takes says nothing.
fn decode_hex<'a>(text: &str, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    for (byte, [high, low]) in buffer.iter_mut().zip(pairs) {
        *byte = digit(*high) << 4 | digit(*low);
    }
    buffer.get(..pairs.len())
}

/// The value of a hexadecimal digit, which a letter's bit 6 tells from `0` to `9`.
fn digit(digit: u8) -> u8 {
    (digit & 0x0f).wrapping_add((digit >> 6) * 9)
}
