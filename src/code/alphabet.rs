use std::fmt;

use super::{Reason, digit};
use crate::invalid_value::InvalidValue;
use crate::text::is_invisible;

const FEWEST_SYMBOLS: usize = 10;

/// The symbols of a format, and how each ASCII character that may be typed is read.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Alphabet {
    symbols: Vec<u8>,
    order: u8,
    forgives_case: bool,
    readings: [Reading; 128],
}

/// The symbol that a typed character stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reading {
    Symbol { index: u8, symbol: u8 },
    Separator,
    Foreign,
}

impl Alphabet {
    /// Takes ASCII letters and digits, each once, at least ten of them.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let mut symbols = Vec::with_capacity(62);
        for character in text.chars() {
            let symbol = alphanumeric(character).ok_or(Reason::UnusableSymbol(character))?;
            if symbols.contains(&symbol) {
                return Err(Reason::RepeatedSymbol(character).into());
            }
            symbols.push(symbol);
        }
        if symbols.len() < FEWEST_SYMBOLS {
            return Err(Reason::TooFewSymbols {
                symbols: symbols.len(),
                minimum: FEWEST_SYMBOLS,
            }
            .into());
        }
        Ok(Self::of(&symbols))
    }

    /// Makes an alphabet of symbols that are known to satisfy the rules of [`parse`](Self::parse).
    pub(super) fn of(symbols: &[u8]) -> Self {
        let upper = symbols.iter().any(u8::is_ascii_uppercase);
        let lower = symbols.iter().any(u8::is_ascii_lowercase);
        let mut alphabet = Self {
            symbols: symbols.to_vec(),
            order: 0,
            forgives_case: !(upper && lower),
            // Other letters and digits are errors and not skipped: a slip is then reported, and not looked up.
            readings: [Reading::Foreign; 128],
        };
        for separator in (0..128_u8).filter(|byte| !byte.is_ascii_alphanumeric()) {
            alphabet.set(separator, Reading::Separator);
        }
        for (index, &symbol) in (0..).zip(symbols) {
            alphabet.order = index + 1;
            alphabet.set_either_case(symbol, Reading::Symbol { index, symbol });
        }
        alphabet
    }

    pub(super) fn add_look_alike(&mut self, from: char, to: char) -> Result<(), InvalidValue> {
        let from_byte = alphanumeric(from).ok_or(Reason::UnusableLookAlike(from))?;
        if self.read(from) != Reading::Foreign {
            return Err(Reason::UnusableLookAlike(from).into());
        }
        let reading = match self.read(to) {
            // The full-width form of a symbol is read as it, but is none.
            reading @ Reading::Symbol { .. } if to.is_ascii() => reading,
            Reading::Symbol { .. } | Reading::Separator | Reading::Foreign => {
                return Err(Reason::UnknownSymbol(to).into());
            }
        };
        self.set_either_case(from_byte, reading);
        Ok(())
    }

    /// The number of symbols.
    pub(super) fn order(&self) -> u8 {
        self.order
    }

    pub(super) fn symbols(&self) -> &[u8] {
        &self.symbols
    }

    /// Every ASCII letter and digit that is read as a symbol.
    pub(super) fn readable(&self) -> impl Iterator<Item = char> {
        (0..=127)
            .map(char::from)
            .filter(|character| matches!(self.read(*character), Reading::Symbol { .. }))
    }

    /// Reads one character. Letters are ASCII's and their full-width forms, without any locale or Unicode case
    /// mapping, under which a dotless i or the KELVIN SIGN would become a letter that nobody typed. Digits are those
    /// of any script. Whatever is neither a letter nor a number, or cannot be seen, is in no code and in nobody's way.
    pub(super) fn read(&self, character: char) -> Reading {
        match character {
            '\0'..='\x7F' => self.read_ascii(u32::from(character)),
            '\u{FF01}'..='\u{FF5E}' => self.read_ascii(u32::from(character) - 0xFEE0),
            _ => match digit::value(character) {
                Some(value) => self.read_ascii(u32::from('0') + value),
                None if is_invisible(character) || !character.is_alphanumeric() => {
                    Reading::Separator
                }
                None => Reading::Foreign,
            },
        }
    }

    fn read_ascii(&self, code_point: u32) -> Reading {
        usize::try_from(code_point)
            .ok()
            .and_then(|index| self.readings.get(index))
            .copied()
            .unwrap_or(Reading::Foreign)
    }

    fn set_either_case(&mut self, byte: u8, reading: Reading) {
        self.set(byte, reading);
        if self.forgives_case && byte.is_ascii_alphabetic() {
            self.set(byte ^ 0x20, reading);
        }
    }

    fn set(&mut self, byte: u8, reading: Reading) {
        if let Some(slot) = self.readings.get_mut(usize::from(byte)) {
            *slot = reading;
        }
    }
}

impl fmt::Debug for Alphabet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.symbols))
    }
}

fn alphanumeric(character: char) -> Option<u8> {
    u8::try_from(character)
        .ok()
        .filter(u8::is_ascii_alphanumeric)
}
