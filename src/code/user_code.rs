use std::{fmt, mem};

use thiserror::Error;
use zeroize::Zeroizing;

use super::grouping::grouped;

/// The short code that an end user types, in its one canonical spelling.
///
/// Made by [`UserCodeFormat::parse`](super::UserCodeFormat::parse), or by the authorization endpoint. However
/// it was typed, equal codes are spelled alike, so limits and look-ups see one code. It is erased from memory
/// when dropped and shows itself only through [`expose`](Self::expose) and [`into_display`](Self::into_display).
#[derive(Clone)]
pub(crate) struct UserCode(Zeroizing<String>);

impl UserCode {
    pub(super) fn from_canonical(code: Zeroizing<String>) -> Self {
        Self(code)
    }

    /// The canonical spelling, without dashes.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The spelling to show to a person, in groups: `WDJB-MJHT`.
    ///
    /// This is what the `user_code` member of the response carries
    /// ([RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub(crate) fn into_display(mut self) -> String {
        grouped(mem::take(&mut *self.0))
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

/// The reason why a typed text cannot be a code of its format.
///
/// It is found without a look-up. The messages are safe to show and to log: none repeats the typed text.
///
/// ```
/// use device_grant::code::UserCodeError;
///
/// fn in_german(error: UserCodeError) -> String {
///     match error {
///         UserCodeError::WrongLength { shortest, .. } => format!("Der Code hat mindestens {shortest} Zeichen."),
///         other => other.to_string(),
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum UserCodeError {
    /// The input is longer than any spelling of a code, and was not read.
    #[error("the entry is too long to be a code")]
    TooLong,
    /// The input has the wrong number of characters, without dashes and spaces.
    #[error("the code has {} characters, {actual} were entered", span(*shortest, *longest))]
    #[non_exhaustive]
    WrongLength {
        /// The number of characters of the shortest codes of the format.
        shortest: usize,
        /// The number of characters of the longest codes.
        longest: usize,
        /// The number of characters that were entered.
        actual: usize,
    },
    /// The input has a letter or number that no code of the format has.
    #[error("the entry has a character that is in no code")]
    ForeignCharacter,
    /// The check character does not match the others.
    #[error("the code was mistyped")]
    Mistyped,
}

fn span(shortest: usize, longest: usize) -> String {
    if shortest == longest {
        shortest.to_string()
    } else {
        format!("{shortest} to {longest}")
    }
}
