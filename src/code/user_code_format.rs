use std::ops::RangeInclusive;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::alphabet::{Alphabet, Reading};
use super::blocklist::Blocklist;
use super::check::CheckSum;
use super::{InputHints, Reason, UserCode, UserCodeError};
use crate::invalid_value::InvalidValue;

/// The longest input that is looked at, in bytes: a code of 33 digits of four bytes each and a character of three
/// bytes that cannot be seen between any two of them fit in.
pub(super) const MAX_TYPED_BYTES: usize = 256;

const MAX_LENGTH: usize = 32;
/// The number of characters by which codes may grow in a flood, unless the host sets the lengths.
const GROWTH: usize = 4;
const FEWEST_DIGITS: usize = 9;
const SMALLEST_CODE_SPACE: f64 = 1e9;
const SMALLEST_SHARE_LEFT: f64 = 0.5;

/// The shape of user codes: their alphabet, their lengths, and the spellings that are accepted.
///
/// The default is that of [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1): eight of 20
/// consonants, which spell no words, shown as `WDJB-MJHT`. Cheap to clone.
///
/// Codes have a range of lengths. The shortest is the usual one; when a flood uses up the codes or the wrong entries of a
/// length, new codes are one character longer ([`GuessBudget`](super::GuessBudget)). Formats grow by up to
/// four characters, unless you set [`with_lengths`](Self::with_lengths).
///
/// | | codes | bits |
/// |---|---|---|
/// | [`base20()`](Self::base20) | 2.56 × 10¹⁰ | 34.6 |
/// | [`digits(9)`](Self::digits) | 10⁹ | 29.9 |
/// | [`digits(12)`](Self::digits) | 10¹² | 39.9 |
/// | [`crockford()`](Self::crockford) | 1.10 × 10¹² | 40.0 |
///
/// A typed code is normalized: full-width letters and digits of any script become ASCII, and case is ignored if the alphabet
/// has one case. Characters that are neither letters nor numbers are removed, as
/// [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1) recommends: spaces, dashes, quotes,
/// brackets and marks of any script, and zero-width or directional characters from copied text.
/// Other letters and numbers, and a wrong length, are an error
/// ([`check_user_code`](crate::DeviceGrants::check_user_code)).
///
/// ```
/// use device_grant::code::UserCodeFormat;
///
/// let numeric = UserCodeFormat::digits(12)?.with_check_character();
/// assert_eq!(numeric.lengths(), 13..=17);
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserCodeFormat {
    alphabet: Arc<Alphabet>,
    /// The shortest, without a check character; and the longest.
    drawn_length: usize,
    longest_drawn: usize,
    source: Source,
    check_character: bool,
    blocklist: Blocklist,
}

/// The way in which random bytes become characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Source {
    /// Each character is drawn from random bytes, by rejection.
    Sampled,
    /// Random bytes are encoded as base 32.
    Base32,
}

impl UserCodeFormat {
    /// The default: eight of the RFC's 20 consonants, `BCDFGHJKLMNPQRSTVWXZ`, and up to twelve in a flood.
    #[must_use]
    pub fn base20() -> Self {
        Self::built_in(b"BCDFGHJKLMNPQRSTVWXZ", 8, Source::Sampled)
    }

    /// Decimal digits, for devices and pages with a numeric pad.
    ///
    /// Codes have `length` digits, and up to four more in a flood. Twelve digits have more codes than the default format;
    /// nine have few, so that only a small server can use them.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if `length` is below 9 or above 32.
    pub fn digits(length: usize) -> Result<Self, InvalidValue> {
        if length < FEWEST_DIGITS {
            return Err(Reason::TooShort {
                length,
                minimum: FEWEST_DIGITS,
            }
            .into());
        }
        let fewest = Self::built_in(b"0123456789", FEWEST_DIGITS, Source::Sampled);
        fewest.with_lengths(length..=grown(length))
    }

    /// Crockford's base 32: eight characters from five random bytes, and up to twelve in a flood.
    ///
    /// `I` and `L` are read as `1`, `O` as `0`, as [Crockford](https://www.crockford.com/base32.html) defines.
    /// No code has a `U`.
    #[must_use]
    pub fn crockford() -> Self {
        let mut alphabet = Alphabet::of(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        for (from, to) in [('I', '1'), ('L', '1'), ('O', '0')] {
            // Cannot fail for these; the tests hold every reading against the `base32` decoder.
            let _ = alphabet.add_look_alike(from, to);
        }
        Self::new(alphabet, 8, Source::Base32)
    }

    /// A format with your own alphabet of ten or more ASCII letters and digits, and a length with at least 10⁹ codes. In a flood
    /// codes have up to four more characters.
    ///
    /// Case is ignored if all letters have the same case. Leave out one of each pair that looks alike (`0` and `O`, `1` and `I`
    /// or `l`), and map it to the other by [`with_look_alike`](Self::with_look_alike). With vowels, codes can spell words: see
    /// [`with_blocked_words`](Self::with_blocked_words).
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if a symbol is not an ASCII letter or digit, or is repeated; if there are fewer than ten; if
    /// `length` is above 32, or too small for 10⁹ codes.
    pub fn custom(alphabet: &str, length: usize) -> Result<Self, InvalidValue> {
        let alphabet = Alphabet::parse(alphabet)?;
        check_length(&alphabet, length)?;
        Ok(Self::new(alphabet, length, Source::Sampled))
    }

    /// Sets the lengths of codes, without a check character: the shortest, and the longest to which they grow in a
    /// flood. With a single length, requests for codes are refused in a flood.
    ///
    /// ```
    /// use device_grant::code::UserCodeFormat;
    ///
    /// assert_eq!(UserCodeFormat::base20().lengths(), 8..=12);
    /// assert_eq!(UserCodeFormat::base20().with_lengths(8..=10)?.lengths(), 8..=10);
    /// assert_eq!(UserCodeFormat::base20().with_lengths(9..=9)?.lengths(), 9..=9);
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if a length is above 32, the shortest is below the present one, or the longest is below
    /// the shortest.
    pub fn with_lengths(mut self, lengths: RangeInclusive<usize>) -> Result<Self, InvalidValue> {
        let (shortest, longest) = lengths.into_inner();
        for (length, minimum) in [(shortest, self.drawn_length), (longest, shortest)] {
            if length < minimum {
                return Err(Reason::TooShort { length, minimum }.into());
            }
            check_length(&self.alphabet, length)?;
        }
        self.drawn_length = shortest;
        self.longest_drawn = longest;
        self.check_blocklist()
    }

    /// Adds a last character that is computed from the others.
    ///
    /// A code with one wrong character, or with two neighbours swapped, then gets [`UserCodeError::Mistyped`] without a look-up,
    /// and does not count as a wrong code. Codes are one character longer; their number does not change.
    #[must_use]
    pub fn with_check_character(mut self) -> Self {
        self.check_character = true;
        self
    }

    /// Reads `from`, which is not in the alphabet, as the symbol `to`; in both cases, if case is ignored.
    ///
    /// ```
    /// use device_grant::code::UserCodeFormat;
    ///
    /// let format = UserCodeFormat::digits(9)?.with_look_alike('O', '0')?;
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if `from` is not an ASCII letter or digit or is already read as a symbol, if `to` is not a symbol, or if
    /// the [blocked words](Self::with_blocked_words) could then exclude half of the codes or more.
    pub fn with_look_alike(mut self, from: char, to: char) -> Result<Self, InvalidValue> {
        Arc::make_mut(&mut self.alphabet).add_look_alike(from, to)?;
        self.blocklist = self.blocklist.respelled(&self.alphabet);
        self.check_blocklist()
    }

    /// Draws no code that contains one of these words, which are normalized as a typed code is. Each call replaces the list.
    ///
    /// You can change the list while codes are live. Words that no code can contain are ignored. The default alphabet has no
    /// vowels and needs no list.
    ///
    /// ```
    /// use device_grant::code::UserCodeFormat;
    ///
    /// let format = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)?.with_blocked_words(["damn", "hell"])?;
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the words could exclude half of the codes or more.
    pub fn with_blocked_words<I>(mut self, words: I) -> Result<Self, InvalidValue>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.blocklist = Blocklist::new(words, &self.alphabet);
        self.check_blocklist()
    }

    /// Reads a code as a person typed or pasted it.
    ///
    /// # Errors
    ///
    /// When the input is longer than 256 bytes, has a letter or number that is in no code, has the wrong number of characters,
    /// or does not fit its check character.
    pub(crate) fn parse(&self, typed: &str) -> Result<UserCode, UserCodeError> {
        if typed.len() > MAX_TYPED_BYTES {
            return Err(UserCodeError::TooLong);
        }
        let lengths = self.lengths();
        let mut code = Zeroizing::new(String::with_capacity(*lengths.end()));
        let mut sum = CheckSum::new(self.order());
        let mut actual = 0;
        for character in typed.chars() {
            match self.alphabet.read(character) {
                Reading::Symbol { index, symbol } => {
                    actual += 1;
                    // Counted for the message, but not kept: growing would leave a copy of the code behind.
                    if actual <= *lengths.end() {
                        code.push(char::from(symbol));
                    }
                    if self.check_character {
                        sum.push(index);
                    }
                }
                Reading::Separator => {}
                Reading::Foreign => return Err(UserCodeError::ForeignCharacter),
            }
        }
        if !lengths.contains(&actual) {
            return Err(UserCodeError::WrongLength {
                shortest: *lengths.start(),
                longest: *lengths.end(),
                actual,
            });
        }
        if self.check_character && !sum.is_whole() {
            return Err(UserCodeError::Mistyped);
        }
        Ok(UserCode::from_canonical(code))
    }

    /// Returns the shortest and the longest number of characters of codes, with the check character, without dashes.
    #[must_use]
    pub fn lengths(&self) -> RangeInclusive<usize> {
        let check = usize::from(self.check_character);
        self.drawn_length + check..=self.longest_drawn + check
    }

    /// The same format at each of its lengths, the shortest first.
    pub(crate) fn each_length(&self) -> impl Iterator<Item = Self> {
        (self.drawn_length..=self.longest_drawn).map(|length| Self {
            drawn_length: length,
            longest_drawn: length,
            ..self.clone()
        })
    }

    /// Returns whether codes of the two are made of the same characters and have the same lengths and check character: then
    /// each can be a code of the other.
    pub(crate) fn makes_the_codes_of(&self, other: &Self) -> bool {
        let shape = |format: &Self| (format.lengths(), format.check_character);
        self.symbols() == other.symbols() && shape(self) == shape(other)
    }

    /// A name that two formats share if each [makes the codes of the other](Self::makes_the_codes_of).
    pub(crate) fn name(&self) -> String {
        let symbols = String::from_utf8_lossy(self.symbols());
        let check = if self.check_character { "+1" } else { "" };
        format!("{symbols}:{}{check}", self.drawn_length)
    }

    /// The number of characters that a code of the shortest length has, its check character included.
    pub(super) fn length(&self) -> usize {
        *self.lengths().start()
    }

    /// The number of codes of the shortest length; with blocked words, a lower bound of it.
    pub(crate) fn code_space(&self) -> f64 {
        code_space(&self.alphabet, self.drawn_length) * self.blocklist.share_left(self)
    }

    /// The base-2 logarithm of [`code_space`](Self::code_space).
    pub(crate) fn bits(&self) -> f64 {
        self.code_space().log2()
    }

    /// Returns the hints for a page that asks for a code of this format.
    #[must_use]
    pub fn hints(&self) -> InputHints {
        InputHints::new(self)
    }

    /// Returns whether the last character is a check character.
    pub(crate) fn has_check_character(&self) -> bool {
        self.check_character
    }

    pub(super) fn blocks(&self, code: &str) -> bool {
        self.blocklist.blocks(code)
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }

    pub(super) fn drawn_length(&self) -> usize {
        self.drawn_length
    }

    pub(super) fn order(&self) -> u8 {
        self.alphabet.order()
    }

    pub(super) fn symbols(&self) -> &[u8] {
        self.alphabet.symbols()
    }

    /// The index of a symbol of the alphabet.
    pub(super) fn index_of(&self, symbol: char) -> u8 {
        match self.alphabet.read(symbol) {
            Reading::Symbol { index, .. } => index,
            Reading::Separator | Reading::Foreign => 0,
        }
    }

    pub(super) fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    fn check_blocklist(self) -> Result<Self, InvalidValue> {
        let is_open = |format: Self| format.blocklist.share_left(&format) >= SMALLEST_SHARE_LEFT;
        if self.each_length().all(is_open) {
            Ok(self)
        } else {
            Err(Reason::TooManyBlocked.into())
        }
    }

    fn built_in(symbols: &[u8], length: usize, source: Source) -> Self {
        Self::new(Alphabet::of(symbols), length, source)
    }

    fn new(alphabet: Alphabet, drawn_length: usize, source: Source) -> Self {
        Self {
            alphabet: Arc::new(alphabet),
            drawn_length,
            longest_drawn: grown(drawn_length),
            source,
            check_character: false,
            blocklist: Blocklist::default(),
        }
    }
}

impl Default for UserCodeFormat {
    fn default() -> Self {
        Self::base20()
    }
}

fn grown(length: usize) -> usize {
    length.saturating_add(GROWTH).min(MAX_LENGTH)
}

fn check_length(alphabet: &Alphabet, length: usize) -> Result<(), InvalidValue> {
    if length > MAX_LENGTH {
        return Err(Reason::TooLong {
            length,
            maximum: MAX_LENGTH,
        }
        .into());
    }
    let code_space = code_space(alphabet, length);
    if code_space < SMALLEST_CODE_SPACE {
        return Err(Reason::TooFewCodes {
            code_space,
            minimum: SMALLEST_CODE_SPACE,
        }
        .into());
    }
    Ok(())
}

fn code_space(alphabet: &Alphabet, length: usize) -> f64 {
    f64::from(alphabet.order()).powi(i32::try_from(length).unwrap_or(i32::MAX))
}
