use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::message::{ErrorCode, ErrorResponse};

/// The parameters of a request.
///
/// Take the pairs from a decoded `application/x-www-form-urlencoded` body, never from a query
/// string. As [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1) requires, a
/// parameter without a value counts as omitted, an unknown one is ignored, and a known one must not be repeated.
///
/// Values may be secrets: `Debug` shows only their number, and they are wiped when dropped.
///
/// ```
/// use device_grant::message::{ErrorCode, Parameters};
///
/// let pairs = [("client_id", "tv"), ("scope", ""), ("nonce", "a"), ("nonce", "b")];
/// let parameters = Parameters::from_pairs(pairs)?;
/// assert_eq!(parameters.once("client_id")?, Some("tv"));
/// assert_eq!(parameters.once("scope")?, None);
/// assert_eq!(parameters.once("nonce").unwrap_err().error, ErrorCode::InvalidRequest);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone)]
pub struct Parameters {
    /// All names and values, one behind the other. It has its room before it is written to, so that no copy is left behind.
    text: Zeroizing<String>,
    pairs: Vec<Pair>,
}

/// The place of a name and its value in the text.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) name: usize,
    pub(crate) value: usize,
    pub(crate) end: usize,
}

impl Parameters {
    /// The largest number of pairs in a request: 256.
    pub const MAX_PAIRS: usize = 256;
    /// The largest number of bytes of all names and values together: 64 KiB.
    pub const MAX_TOTAL: usize = 64 * 1024;
    /// The largest number of bytes of a value: 16 KiB.
    pub const MAX_VALUE: usize = 16 * 1024;
    /// The number of pairs of a poll.
    #[cfg(feature = "http")]
    pub(crate) const USUAL_PAIRS: usize = 4;

    /// Reads the decoded pairs of a form body.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` if there are more than [`Parameters::MAX_PAIRS`] pairs, or more
    /// than [`Parameters::MAX_TOTAL`] bytes. It reads no further.
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, ErrorResponse>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let mut kept = Self {
            text: Zeroizing::default(),
            pairs: Vec::new(),
        };
        let mut total = 0_usize;
        for (index, (name, value)) in pairs.into_iter().enumerate() {
            if index == Self::MAX_PAIRS {
                return Err(Self::too_many());
            }
            let (name, value) = (name.into(), Zeroizing::new(value.into()));
            total = total.saturating_add(name.len()).saturating_add(value.len());
            if total > Self::MAX_TOTAL {
                return Err(invalid_request("the request is too large"));
            }
            if !value.is_empty() {
                kept.push(&name, &value);
            }
        }
        Ok(kept)
    }

    /// Takes a text with these pairs in it, one after the other; none if one of them is not UTF-8. Those without a value do not
    /// count.
    #[cfg(feature = "http")]
    pub(crate) fn of_text(mut text: Zeroizing<Vec<u8>>, mut pairs: Vec<Pair>) -> Option<Self> {
        let whole = std::str::from_utf8(&text).ok()?;
        // A character may not begin in one part and end in the next.
        let is_whole = |at| whole.is_char_boundary(at);
        if !pairs
            .iter()
            .all(|pair| is_whole(pair.value) && is_whole(pair.end))
        {
            return None;
        }
        pairs.retain(|pair| pair.value < pair.end);
        let text = String::from_utf8(std::mem::take(&mut *text)).ok()?;
        Some(Self {
            text: Zeroizing::new(text),
            pairs,
        })
    }

    pub(crate) fn too_many() -> ErrorResponse {
        invalid_request("the request has too many parameters")
    }

    fn push(&mut self, name: &str, value: &str) {
        self.make_room(name.len() + value.len());
        let start = self.text.len();
        self.text.push_str(name);
        self.text.push_str(value);
        self.pairs.push(Pair {
            name: start,
            value: start + name.len(),
            end: self.text.len(),
        });
    }

    /// Makes room for so many more bytes, and wipes the text that was in the way.
    fn make_room(&mut self, more: usize) {
        let needed = self.text.len() + more;
        if needed > self.text.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity(needed * 2));
            larger.push_str(&self.text);
            self.text = larger;
        }
    }

    fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let pairs = self.pairs.iter().filter(move |pair| {
            // The length first: most names differ in it.
            pair.value - pair.name == name.len() && self.part(pair.name..pair.value) == name
        });
        pairs.map(|pair| self.part(pair.value..pair.end))
    }

    fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Returns the value of a parameter that must not be repeated.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` if the parameter occurs twice, or if its value is longer than
    /// [`Parameters::MAX_VALUE`].
    pub fn once(&self, name: &str) -> Result<Option<&str>, ErrorResponse> {
        let mut values = self.named(name);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(invalid_request(format!("{name} is repeated")));
        }
        if value.len() > Self::MAX_VALUE {
            return Err(invalid_request(format!("{name} is too long")));
        }
        Ok(Some(value))
    }

    /// Returns every value of a parameter that may be repeated, such as `resource`, in the order
    /// sent.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.named(name)
    }

    /// The names of all parameters that have a value, in the order sent, as often as each was sent.
    #[cfg(feature = "page")]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .map(|pair| self.part(pair.name..pair.value))
    }

    /// Returns `client_id`, checked.
    pub(crate) fn client_id(&self) -> Result<Option<&str>, ErrorResponse> {
        let Some(id) = self.once("client_id")? else {
            return Ok(None);
        };
        // RFC 6749 appendix A.1: *VSCHAR. The URLs that some servers take as ids set the length.
        if id.len() > 2048 || !id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
            return Err(invalid_request("client_id is malformed"));
        }
        Ok(Some(id))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters([{} pairs])", self.pairs.len())
    }
}

pub(crate) fn invalid_request(description: impl Into<String>) -> ErrorResponse {
    ErrorResponse::new(ErrorCode::InvalidRequest).with_description(description)
}
