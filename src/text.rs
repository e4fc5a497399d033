//! Texts of any kind: hexadecimal digits, short texts, and invisible characters.

use std::fmt::{self, Write};
use std::io;

/// Calls `take` with this text. A short text is on the stack, as those of each request are.
pub(crate) fn with_text<T>(text: fmt::Arguments<'_>, take: impl FnOnce(&str) -> T) -> T {
    let mut short = Short::<256>::default();
    match short.write_fmt(text) {
        // Whole texts were written one after the other, so it is UTF-8.
        Ok(()) => take(std::str::from_utf8(short.as_bytes()).unwrap_or_default()),
        Err(fmt::Error) => take(&text.to_string()),
    }
}

/// A text of at most `N` bytes, on the stack.
pub(crate) struct Short<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Short<N> {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Adds these bytes, if there is room.
    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.length + bytes.len();
        let room = self.bytes.get_mut(self.length..end)?;
        room.copy_from_slice(bytes);
        self.length = end;
        Some(())
    }
}

impl<const N: usize> Default for Short<N> {
    fn default() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }
}

impl<const N: usize> Write for Short<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).ok_or(fmt::Error)
    }
}

impl<const N: usize> io::Write for Short<N> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let full = || io::ErrorKind::WriteZero.into();
        self.push(bytes).ok_or_else(full)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lower-case hexadecimal text of some bytes.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Sixteen bytes at once: a call of the formatter for each takes ten times as many instructions.
        for bytes in self.0.chunks(16) {
            let mut digits = [0; 32];
            let (pairs, _) = digits.as_chunks_mut();
            for (pair, byte) in pairs.iter_mut().zip(bytes) {
                *pair = [digit(byte >> 4), digit(byte & 0xf)];
            }
            let written = digits.get(..2 * bytes.len()).unwrap_or_default();
            f.write_str(str::from_utf8(written).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The digit of a number below 16.
fn digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}

/// Reads exactly `2 * N` lower-case digits, so that a value has one spelling.
pub(crate) fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Says whether a text is of printable ASCII, as client identifiers and tokens are
/// ([RFC 6749 appendix A](https://www.rfc-editor.org/rfc/rfc6749#appendix-A)).
pub(crate) fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Says whether a character is there without being seen, or only moves others: controls that are no space, zero-width
/// and bidirectional ones, soft hyphens, variation selectors, tags, and letters that look like nothing.
///
/// Texts of strangers are freed of them before they are kept or shown, and codes before they are read.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_number_are_two_digits_each() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in [0, 1, 15, 16, 17, 32, 256] {
            let each = bytes[..length].iter().map(|byte| format!("{byte:02x}"));
            let each: String = each.collect();
            assert_eq!(Hex(&bytes[..length]).to_string(), each);
        }
    }

    #[test]
    fn a_text_is_the_same_on_the_stack_and_on_the_heap() {
        for length in [0, 1, 255, 256, 257, 10_000] {
            let long = "\u{e9}".repeat(length / 2);
            let (ends, whole) = (
                "a".repeat(length % 2),
                format!("{long}{}", "a".repeat(length % 2)),
            );
            let is_whole = with_text(format_args!("{long}{ends}"), |text| text == whole);
            assert!(is_whole, "{length}");
        }
    }
}
