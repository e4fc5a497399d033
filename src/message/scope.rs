use std::str::FromStr;
use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::invalid_value::InvalidValue;
use crate::message::reason::Reason;

/// A set of scope tokens, written as one space-separated string.
///
/// The grammar is that of [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
/// Tokens are case-sensitive. Their order is kept for display, and ignored when two scopes are compared. Repeated tokens are
/// kept once.
///
/// A scope has at most [`Scope::MAX_LEN`] bytes and [`Scope::MAX_TOKENS`] tokens.
///
/// ```
/// use device_grant::message::Scope;
///
/// let requested: Scope = "openid profile offline_access".parse()?;
/// let granted: Scope = "profile openid".parse()?;
/// assert!(granted.is_subset_of(&requested));
/// assert_eq!(requested.intersection(&granted), granted);
/// assert_eq!(requested.intersection(&granted).as_str(), "openid profile");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Default)]
pub struct Scope(Arc<str>);

impl Scope {
    /// The largest number of bytes of a scope: 4,096.
    pub const MAX_LEN: usize = 4096;
    /// The largest number of tokens, repeated ones included: 128.
    pub const MAX_TOKENS: usize = 128;

    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > Self::MAX_LEN {
            return Err(Reason::ScopeTooLong.into());
        }
        let mut tokens = Vec::new();
        let mut is_repetitive = false;
        for (index, token) in text.split(' ').enumerate() {
            // Within the loop: the search for repetitions takes time by the square of the number.
            if index == Self::MAX_TOKENS {
                return Err(Reason::TooManyScopeTokens.into());
            }
            check_token(token)?;
            if tokens.contains(&token) {
                is_repetitive = true;
            } else {
                tokens.push(token);
            }
        }
        if is_repetitive {
            return Ok(Self::join(tokens));
        }
        Ok(Self(text.into()))
    }

    /// Returns the tokens, in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    /// Returns true if `token` is one of the tokens.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        let mut held = self.0.as_bytes().split(|byte| *byte == b' ');
        !token.is_empty() && held.any(|held| held == token.as_bytes())
    }

    /// Returns true if there is no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if `other` has every token of this scope.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// Returns the tokens that `other` has as well, in the order of `self`.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.retain(|token| other.contains(token))
    }

    /// The tokens for which this holds, in their order.
    pub(crate) fn retain(&self, keep: impl Fn(&str) -> bool) -> Self {
        if self.iter().all(&keep) {
            return self.clone();
        }
        Self::join(self.iter().filter(|token| keep(token)).collect())
    }

    /// Returns the tokens as one string, separated by single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn join(tokens: Vec<&str>) -> Self {
        Self(tokens.join(" ").into())
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        // Tokens are unique: one that `other` alone holds would make it longer.
        self.0.len() == other.0.len() && self.is_subset_of(other)
    }
}

impl Eq for Scope {}

impl FromStr for Scope {
    type Err = InvalidValue;

    /// Reads a scope as it is written in a request.
    ///
    /// The empty string is the empty scope, because a parameter without a value counts as omitted
    /// ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] if a token is empty (so at a leading, trailing or double space), if it holds a
    /// character outside `%x21 / %x23-5B / %x5D-7E`, or if the text is beyond the limits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.0).finish()
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Scope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scope, E> {
        Scope::parse(text).map_err(E::custom)
    }
}

fn check_token(token: &str) -> Result<(), InvalidValue> {
    if token.is_empty() {
        return Err(Reason::EmptyScopeToken.into());
    }
    let allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    if !token.bytes().all(allowed) {
        return Err(Reason::ScopeCharacter.into());
    }
    Ok(())
}
