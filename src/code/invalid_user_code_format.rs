use thiserror::Error;

/// Why a [`UserCodeFormat`](super::UserCodeFormat) cannot be.
#[non_exhaustive]
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InvalidUserCodeFormat {
    /// A symbol is no ASCII letter or digit.
    #[error("user codes are made of ASCII letters and digits, not of {0:?}")]
    UnusableSymbol(char),
    /// A symbol is in the alphabet twice.
    #[error("the alphabet of user codes has {0:?} twice")]
    RepeatedSymbol(char),
    /// The alphabet is too small.
    #[error("the alphabet of user codes has {symbols} symbols and needs {minimum}")]
    TooFewSymbols {
        /// How many it has.
        symbols: usize,
        /// How many it needs.
        minimum: usize,
    },
    /// Codes would be too short.
    #[error("user codes of {length} characters are too short, {minimum} are needed")]
    TooShort {
        /// The length asked for.
        length: usize,
        /// The shortest length allowed.
        minimum: usize,
    },
    /// Codes would be longer than anybody types.
    #[error("user codes of {length} characters are too long, {maximum} are allowed")]
    TooLong {
        /// The length asked for.
        length: usize,
        /// The longest length allowed.
        maximum: usize,
    },
    /// Alphabet and length make fewer than 10⁹ codes.
    #[error("{code_space:.2e} user codes are too few, {minimum:e} are needed: use longer codes")]
    TooFewCodes {
        /// How many codes there would be.
        code_space: f64,
        /// How many are needed.
        minimum: f64,
    },
    /// The blocked words leave less than half of the codes.
    #[error("the blocked words leave less than half of the user codes: use fewer or longer words")]
    TooManyBlocked,
    /// A look-alike is no ASCII letter or digit, or is read as a symbol already.
    #[error("{0:?} cannot be a look-alike: it must be an ASCII letter or digit that is in no code")]
    UnusableLookAlike(char),
    /// A look-alike is to be read as something that is in no code.
    #[error("a look-alike cannot be read as {0:?}, which is in no code")]
    UnknownSymbol(char),
}
