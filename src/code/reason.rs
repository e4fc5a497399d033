use thiserror::Error;

use crate::invalid_value::InvalidValue;

impl From<Reason> for InvalidValue {
    fn from(reason: Reason) -> Self {
        Self::of(reason)
    }
}

#[cfg(test)]
impl PartialEq<Reason> for InvalidValue {
    fn eq(&self, reason: &Reason) -> bool {
        *self == Self::of(reason)
    }
}

/// The rules that a key, a code, a digest or a format of user codes may break.
#[derive(Clone, Debug, Error, PartialEq)]
pub(super) enum Reason {
    #[error("there is no code key")]
    NoKey,
    #[error("a code key is base64 text, such as `openssl rand -base64 32` prints")]
    KeyNotBase64,
    #[error("a code key of {length} bytes is too short, {minimum} are needed")]
    KeyTooShort { length: usize, minimum: usize },
    #[error("a code key has at most {maximum} bytes")]
    KeyTooLong { maximum: usize },
    #[error("the same code key is given twice")]
    KeyRepeated,
    #[error("at most {maximum} code keys are looked up")]
    TooManyKeys { maximum: usize },
    #[error("not a device code of this server")]
    DeviceCode,
    #[error("a grant id is 32 lower-case hexadecimal digits")]
    GrantId,
    #[error("a user-code digest is 32 lower-case hexadecimal digits")]
    UserCodeDigest,
    #[error("user codes are made of ASCII letters and digits, not of {0:?}")]
    UnusableSymbol(char),
    #[error("the alphabet of user codes has {0:?} twice")]
    RepeatedSymbol(char),
    #[error("the alphabet of user codes has {symbols} symbols and needs {minimum}")]
    TooFewSymbols { symbols: usize, minimum: usize },
    #[error("user codes of {length} characters are too short, {minimum} are needed")]
    TooShort { length: usize, minimum: usize },
    #[error("user codes of {length} characters are too long, {maximum} are allowed")]
    TooLong { length: usize, maximum: usize },
    #[error("{code_space:.2e} user codes are too few, {minimum:e} are needed: use longer codes")]
    TooFewCodes { code_space: f64, minimum: f64 },
    #[error("the blocked words leave less than half of the user codes: use fewer or longer words")]
    TooManyBlocked,
    #[error("{0:?} cannot be a look-alike: it must be an ASCII letter or digit that is in no code")]
    UnusableLookAlike(char),
    #[error("a look-alike cannot be read as {0:?}, which is in no code")]
    UnknownSymbol(char),
}
