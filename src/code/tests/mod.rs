mod budget;
mod formats;
mod generation;
mod keys;
mod names;
mod parsing;
mod rng;

use super::*;

/// Every built-in profile, and custom ones of awkward sizes, each with and without a check character.
fn formats() -> Vec<(&'static str, UserCodeFormat)> {
    let custom = |alphabet, length| UserCodeFormat::custom(alphabet, length).unwrap();
    let plain = [
        ("base20", UserCodeFormat::base20()),
        (
            "base20 x 13",
            UserCodeFormat::base20().with_lengths(13..=13).unwrap(),
        ),
        ("digits", UserCodeFormat::digits(9).unwrap()),
        ("digits x 32", UserCodeFormat::digits(32).unwrap()),
        ("crockford", UserCodeFormat::crockford()),
        (
            "crockford x 10",
            UserCodeFormat::crockford().with_lengths(10..=10).unwrap(),
        ),
        (
            "crockford x 32",
            UserCodeFormat::crockford().with_lengths(32..=32).unwrap(),
        ),
        ("letters", custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)),
        ("lower case", custom("abcdefghjkmnp", 12)),
        ("base36", custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 6)),
        (
            "both cases",
            custom(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                6,
            ),
        ),
    ];
    let checked = plain
        .clone()
        .map(|(name, format)| (name, format.with_check_character()));
    plain.into_iter().chain(checked).collect()
}
