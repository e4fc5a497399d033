//! Text in large letters: each character is eight dots square, two dots to a line.

use font8x8::{BASIC_FONTS, UnicodeFonts};

/// Four lines that show `text`, eight columns to the character.
pub(crate) fn large(text: &str) -> Vec<String> {
    let glyphs: Vec<[u8; 8]> = text.chars().filter_map(|c| BASIC_FONTS.get(c)).collect();
    (0..4)
        .map(|line| glyphs.iter().map(|glyph| row(glyph, line)).collect())
        .collect()
}

fn row(glyph: &[u8; 8], line: usize) -> String {
    let dots = |row: usize| glyph.get(row).copied().unwrap_or_default();
    let (upper, lower) = (dots(2 * line), dots(2 * line + 1));
    (0..8)
        .map(|column| match (upper >> column & 1, lower >> column & 1) {
            (0, 0) => ' ',
            (0, _) => '▄',
            (_, 0) => '▀',
            _ => '█',
        })
        .collect()
}
