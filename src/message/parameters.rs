use std::fmt;

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
pub struct Parameters(Vec<(Box<str>, Zeroizing<String>)>);

impl Parameters {
    /// The largest number of pairs in a request: 256.
    pub const MAX_PAIRS: usize = 256;
    /// The largest number of bytes of all names and values together: 64 KiB.
    pub const MAX_TOTAL: usize = 64 * 1024;
    /// The largest number of bytes of a value: 16 KiB.
    pub const MAX_VALUE: usize = 16 * 1024;

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
        let mut kept = Vec::new();
        let mut total = 0_usize;
        for (index, (name, value)) in pairs.into_iter().enumerate() {
            if index == Self::MAX_PAIRS {
                return Err(invalid_request("the request has too many parameters"));
            }
            let (name, value) = (name.into(), Zeroizing::new(value.into()));
            total = total.saturating_add(name.len()).saturating_add(value.len());
            if total > Self::MAX_TOTAL {
                return Err(invalid_request("the request is too large"));
            }
            if !value.is_empty() {
                kept.push((name.into_boxed_str(), value));
            }
        }
        Ok(Self(kept))
    }

    /// Returns the value of a parameter that must not be repeated.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` if the parameter occurs twice, or if its value is longer than
    /// [`Parameters::MAX_VALUE`].
    pub fn once(&self, name: &str) -> Result<Option<&str>, ErrorResponse> {
        let mut values = self.0.iter().filter(|(held, _)| **held == *name);
        let Some((_, value)) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(invalid_request(format!("{name} is repeated")));
        }
        if value.len() > Self::MAX_VALUE {
            return Err(invalid_request(format!("{name} is too long")));
        }
        Ok(Some(value.as_str()))
    }

    /// Returns every value of a parameter that may be repeated, such as `resource`, in the order
    /// sent.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.iter().filter(move |(held, _)| **held == *name);
        pairs.map(|(_, value)| value.as_str())
    }

    /// The names of all parameters that have a value, in the order sent, as often as each was sent.
    #[cfg(feature = "page")]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// Returns `client_id`, checked.
    pub(crate) fn client_id(&self) -> Result<Option<String>, ErrorResponse> {
        let Some(id) = self.once("client_id")? else {
            return Ok(None);
        };
        // RFC 6749 appendix A.1: *VSCHAR. The URLs that some servers take as ids set the length.
        if id.len() > 2048 || !id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
            return Err(invalid_request("client_id is malformed"));
        }
        Ok(Some(id.to_owned()))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters([{} pairs])", self.0.len())
    }
}

pub(crate) fn invalid_request(description: impl Into<String>) -> ErrorResponse {
    ErrorResponse::new(ErrorCode::InvalidRequest).with_description(description)
}
