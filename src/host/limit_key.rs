use std::fmt;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::code::length_prefix;
use crate::text::with_text;

/// The key of a limit: the limited operation, and the account, address or client that it is counted for. Cheap to clone.
///
/// Store the count under [`as_str`](Self::as_str), a digest that shows no end user and no address, and differs between
/// issuers. Log [`readable`](Self::readable).
///
/// ```
/// use device_grant::host::LimitKey;
///
/// let key = LimitKey::new("entry", "https://id.example", "subject:alice");
/// assert_eq!(key.as_str(), "entry/tXX9DJVot_JQ3GA9xiUDvw");
/// assert_eq!(key.readable(), "entry/subject:alice");
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct LimitKey {
    /// Stores of this process count under it, instead of the text.
    digest: u128,
    /// The key to store under, and behind it the readable one.
    text: Arc<str>,
    stored: usize,
}

impl LimitKey {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = Self::MAX_WHAT + 1 + 22;
    const MAX_WHAT: usize = 32;
    /// The longest name in the readable form, in bytes: anybody can choose a name.
    const MAX_READABLE: usize = 160;
    /// A collision takes 2^64 names that somebody chooses, and gains a shared count.
    const DIGEST_BYTES: usize = 16;

    /// The key of the operation `what` of `whose`, an account, address or client, at this issuer.
    #[must_use]
    pub fn new(what: &str, issuer: &str, whose: &str) -> Self {
        LimitKeys::of(what, issuer).named(whose)
    }

    /// The digest in the key. Anybody can find names whose digests are alike in some bits, so hash it with a secret.
    #[cfg(feature = "memory")]
    pub(crate) fn digest(&self) -> u128 {
        self.digest
    }

    /// The key to store the count under: ASCII letters, digits, `-`, `_` and `/`, as long as `what` has no others.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text
            .split_at_checked(self.stored)
            .unwrap_or_default()
            .0
    }

    /// The key in clear text, for people. It may be the same at another issuer, so never store a count under it.
    #[must_use]
    pub fn readable(&self) -> &str {
        self.text
            .split_at_checked(self.stored)
            .unwrap_or_default()
            .1
    }
}

impl fmt::Debug for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The digest alone: the readable form names an account or an address.
        write!(f, "LimitKey({:?})", self.as_str())
    }
}

/// The part of the keys that all keys of one operation at one issuer share.
#[derive(Clone)]
pub(crate) struct LimitKeys {
    what: Box<str>,
    /// The hash of operation and issuer, each with its length, so that no two pairs have the same bytes.
    hash: Sha256,
}

impl LimitKeys {
    pub(crate) fn of(what: &str, issuer: &str) -> Self {
        let mut hash = Sha256::new_with_prefix(b"device-grant limit key v1\0");
        for part in [what, issuer] {
            hash.update(length_prefix(part));
            hash.update(part);
        }
        let what = what.into();
        Self { what, hash }
    }

    /// The key of `whose`, an account, address or client.
    pub(crate) fn key(&self, whose: fmt::Arguments<'_>) -> LimitKey {
        with_text(whose, |whose| self.named(whose))
    }

    fn named(&self, whose: &str) -> LimitKey {
        let hash = self.hash.clone().chain_update(length_prefix(whose));
        let hash = hash.chain_update(whose).finalize();
        let digest: [u8; LimitKey::DIGEST_BYTES] = hash.first_chunk().copied().unwrap_or_default();
        let mut encoded = [0; LimitKey::DIGEST_BYTES * 2];
        let encoded = Base64UrlUnpadded::encode(&digest, &mut encoded).unwrap_or_default();
        let what = shortened(&self.what, LimitKey::MAX_WHAT);
        let readable = shortened(whose, LimitKey::MAX_READABLE);
        LimitKey {
            digest: u128::from_le_bytes(digest),
            text: with_text(
                format_args!("{what}/{encoded}{}/{readable}", self.what),
                |text| text.into(),
            ),
            stored: what.len() + 1 + encoded.len(),
        }
    }
}

/// Returns the longest start of `text` that fits into this many bytes.
fn shortened(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev();
    let end = end.into_iter().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_part_makes_another_key_and_none_runs_into_the_next() {
        let keys = [
            ("entry", "https://a.example", "subject:alice"),
            ("entry", "https://b.example", "subject:alice"),
            ("entry", "https://a.example", "subject:ALICE"),
            ("entry", "https://a.example", "subject:alice "),
            ("entries", "https://a.example", "subject:alice"),
            ("entry", "https://a.examples", "ubject:alice"),
            ("entry", "https://a.exampl", "esubject:alice"),
            ("entry", "https://a.example", "caf\u{e9}"),
            ("entry", "https://a.example", "cafe\u{301}"),
            ("entry", "", ""),
        ];
        let stored: HashSet<String> = keys
            .iter()
            .map(|(what, issuer, whose)| LimitKey::new(what, issuer, whose).as_str().to_owned())
            .collect();
        assert_eq!(stored.len(), keys.len());
    }

    #[test]
    fn a_key_is_short_and_names_nobody() {
        let long = "\u{1f4fa}".repeat(2_500);
        for (what, whose) in [
            ("entry", "subject:alice"),
            ("entry", &long),
            (&long, "alice"),
        ] {
            let key = LimitKey::new(what, "https://id.example", whose);
            assert!(key.as_str().len() <= LimitKey::MAX_BYTES, "{key:?}");
            assert!(!key.as_str().contains("alice") && !format!("{key:?}").contains("alice"));
        }
        let key = LimitKey::new("entry", "https://id.example", &long);
        assert_eq!(
            key.readable().len(),
            "entry/".len() + LimitKey::MAX_READABLE
        );
    }

    #[test]
    fn names_that_differ_at_their_end_alone_have_keys_of_their_own() {
        let long = "x".repeat(10_000);
        let [one, other] = ["a", "b"].map(|end| LimitKey::new("entry", "", &[&long, end].concat()));
        assert_ne!(one.as_str(), other.as_str());
    }
}
