use super::*;
use Reason as Invalid;

#[test]
fn the_default_is_the_example_of_rfc_8628_section_6_1() {
    let format = UserCodeFormat::default();
    assert_eq!(format, UserCodeFormat::base20());
    assert_eq!(format.symbols(), b"BCDFGHJKLMNPQRSTVWXZ");
    assert_eq!(format.lengths(), 8..=12);
    assert_eq!(format.code_space(), 2.56e10);
    assert!((format.bits() - 34.58).abs() < 0.01);
}

#[test]
fn code_spaces_are_those_of_the_requirements() {
    let custom = |alphabet, length| UserCodeFormat::custom(alphabet, length).unwrap();
    for (format, space, bits) in [
        (
            UserCodeFormat::base20().with_lengths(9..=9).unwrap(),
            5.12e11,
            38.90,
        ),
        (
            UserCodeFormat::base20().with_lengths(10..=10).unwrap(),
            1.024e13,
            43.22,
        ),
        (UserCodeFormat::digits(9).unwrap(), 1e9, 29.90),
        (UserCodeFormat::digits(12).unwrap(), 1e12, 39.86),
        (UserCodeFormat::crockford(), 1_099_511_627_776.0, 40.0),
        (
            custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8),
            208_827_064_576.0,
            37.60,
        ),
        (
            custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 6),
            2_176_782_336.0,
            31.02,
        ),
    ] {
        assert_eq!(format.code_space(), space, "{format:?}");
        assert!((format.bits() - bits).abs() < 0.01, "{format:?}");
        assert_eq!(format.with_check_character().code_space(), space);
    }
}

#[test]
fn weak_formats_are_refused() {
    let custom = |alphabet: &str, length| UserCodeFormat::custom(alphabet, length).unwrap_err();
    let symbols = |symbols| Invalid::TooFewSymbols {
        symbols,
        minimum: 10,
    };
    let short = |length, minimum| Invalid::TooShort { length, minimum };
    let long = |length| Invalid::TooLong {
        length,
        maximum: 32,
    };
    for (error, expected) in [
        (custom("", 9), symbols(0)),
        (custom("ABCDEFGHI", 12), symbols(9)),
        (custom("ABCDEFGHIJA", 12), Invalid::RepeatedSymbol('A')),
        (custom("ABCDEFGHIJ-", 12), Invalid::UnusableSymbol('-')),
        (custom("ABCDEFGHIJ ", 12), Invalid::UnusableSymbol(' ')),
        (
            custom("ABCDEFGHIJ\u{C4}", 12),
            Invalid::UnusableSymbol('\u{C4}'),
        ),
        (
            custom("ABCDEFGHI\u{FF2A}", 12),
            Invalid::UnusableSymbol('\u{FF2A}'),
        ),
        (
            custom("ABCDEFGHI\u{212A}", 12),
            Invalid::UnusableSymbol('\u{212A}'),
        ),
        (
            custom(&"A".repeat(1 << 20), 12),
            Invalid::RepeatedSymbol('A'),
        ),
        (
            custom("0123456789", 0),
            Invalid::TooFewCodes {
                code_space: 1.0,
                minimum: 1e9,
            },
        ),
        (
            custom("0123456789", 8),
            Invalid::TooFewCodes {
                code_space: 1e8,
                minimum: 1e9,
            },
        ),
        (custom("0123456789", 33), long(33)),
        (custom("0123456789", usize::MAX), long(usize::MAX)),
        (UserCodeFormat::digits(8).unwrap_err(), short(8, 9)),
        (UserCodeFormat::digits(0).unwrap_err(), short(0, 9)),
        (UserCodeFormat::digits(33).unwrap_err(), long(33)),
        (
            UserCodeFormat::base20().with_lengths(7..=7).unwrap_err(),
            short(7, 8),
        ),
        (
            UserCodeFormat::base20().with_lengths(33..=33).unwrap_err(),
            long(33),
        ),
        (
            UserCodeFormat::crockford().with_lengths(7..=7).unwrap_err(),
            short(7, 8),
        ),
    ] {
        assert_eq!(error, expected);
    }
}

#[test]
fn a_look_alike_is_an_unused_letter_or_digit_for_a_symbol() {
    let digits = || UserCodeFormat::digits(9).unwrap();
    let look_alike = |from, to| digits().with_look_alike(from, to).unwrap_err();
    assert_eq!(look_alike('1', '7'), Invalid::UnusableLookAlike('1'));
    assert_eq!(look_alike('-', '7'), Invalid::UnusableLookAlike('-'));
    assert_eq!(
        look_alike('\u{41E}', '0'),
        Invalid::UnusableLookAlike('\u{41E}')
    );
    assert_eq!(look_alike('O', 'Q'), Invalid::UnknownSymbol('Q'));
    assert_eq!(look_alike('O', '-'), Invalid::UnknownSymbol('-'));
    assert_eq!(
        look_alike('O', '\u{FF10}'),
        Invalid::UnknownSymbol('\u{FF10}')
    );

    let mapped = digits().with_look_alike('O', '0').unwrap();
    assert_eq!(
        mapped.with_look_alike('o', '7').unwrap_err(),
        Invalid::UnusableLookAlike('o')
    );
    let folded = UserCodeFormat::base20()
        .with_look_alike('b', 'D')
        .unwrap_err();
    assert_eq!(folded, Invalid::UnusableLookAlike('b'));
}

#[test]
fn blocked_words_make_the_code_space_smaller() {
    let format = UserCodeFormat::digits(9).unwrap();
    let blocked = format
        .clone()
        .with_blocked_words(["13", "13", "no", "1-3"])
        .unwrap();
    assert!(
        (blocked.code_space() - 0.92e9).abs() < 1.0,
        "{}",
        blocked.code_space()
    );
    let checked = blocked.clone().with_check_character();
    assert!(
        (checked.code_space() - 0.91e9).abs() < 1.0,
        "{}",
        checked.code_space()
    );

    // Codes stay readable: a list may change while they are live.
    assert_eq!(blocked.parse("131313131").unwrap().expose(), "131313131");
    assert_eq!(format.clone().with_blocked_words(["no"]).unwrap(), format);
}

#[test]
fn the_share_left_is_a_lower_bound() {
    // Every code of the shortest format, counted by where "11" may stand: a(n) = 9a(n-1) + 9a(n-2).
    let (mut before, mut left) = (1.0, 10.0);
    for _ in 1..9 {
        (before, left) = (left, 9.0 * (left + before));
    }
    let blocked = UserCodeFormat::digits(9)
        .unwrap()
        .with_blocked_words(["11"])
        .unwrap();
    assert!(blocked.code_space() <= left && left - blocked.code_space() < 0.01 * left);
}

#[test]
fn words_that_block_most_codes_are_refused() {
    let digits = || UserCodeFormat::digits(9).unwrap();
    let refused = |words: &[&str]| digits().with_blocked_words(words).unwrap_err();
    assert_eq!(refused(&[""]), Invalid::TooManyBlocked);
    assert_eq!(refused(&["7"]), Invalid::TooManyBlocked);
    let many: Vec<_> = (10..99).map(|word| word.to_string()).collect();
    assert_eq!(
        digits().with_blocked_words(&many).unwrap_err(),
        Invalid::TooManyBlocked
    );

    let few = digits()
        .with_blocked_words(["12", "34", "56", "78"])
        .unwrap();
    assert_eq!(
        few.with_lengths(32..=32).unwrap_err(),
        Invalid::TooManyBlocked
    );
    assert!(digits().with_blocked_words(["7".repeat(1 << 16)]).is_ok());
}

#[test]
fn a_changed_copy_leaves_the_original_alone() {
    let original = UserCodeFormat::digits(9).unwrap();
    let changed = original.clone().with_look_alike('O', '0').unwrap();
    assert_ne!(original, changed);
    assert_eq!(original, UserCodeFormat::digits(9).unwrap());
    assert_ne!(original, original.clone().with_check_character());
    assert_ne!(original, original.clone().with_lengths(10..=10).unwrap());
}

#[test]
fn codes_are_shown_in_even_groups() {
    for (length, mask) in [
        (9, "NNN-NNN-NNN"),
        (10, "NNNN-NNN-NNN"),
        (11, "NNNN-NNNN-NNN"),
        (12, "NNNN-NNNN-NNNN"),
        (13, "NNNN-NNN-NNN-NNN"),
        (32, "NNNN-NNNN-NNNN-NNNN-NNNN-NNNN-NNNN-NNNN"),
    ] {
        let format = UserCodeFormat::digits(length).unwrap();
        assert_eq!(format.hints().masks[0], mask);
        let code = format.parse(&"7".repeat(length)).unwrap();
        assert_eq!(code.clone().into_display(), mask.replace('N', "7"));
    }
    assert_eq!(UserCodeFormat::base20().hints().masks[0], "XXXX-XXXX");
    assert_eq!(
        UserCodeFormat::base20()
            .with_check_character()
            .hints()
            .masks[0],
        "XXX-XXX-XXX"
    );
}

#[test]
fn hints_follow_the_alphabet() {
    let hints = |alphabet| UserCodeFormat::custom(alphabet, 12).unwrap().hints();
    for (alphabet, input_mode, autocapitalize) in [
        ("0123456789", "numeric", "none"),
        ("ABCDEFGHIJ", "text", "characters"),
        ("ABCDE01234", "text", "characters"),
        ("abcdefghij", "text", "none"),
        ("ABCDEabcde", "text", "none"),
    ] {
        let hints = hints(alphabet);
        assert_eq!(hints.input_mode, input_mode, "{alphabet}");
        assert_eq!(hints.autocapitalize, autocapitalize, "{alphabet}");
    }
}

#[test]
fn the_pattern_names_every_readable_character() {
    let format = UserCodeFormat::digits(9)
        .unwrap()
        .with_look_alike('O', '0')
        .unwrap();
    let hints = format.hints();
    assert!(
        hints
            .pattern
            .contains(r"(?:[0０1１2２3３4４5５6６7７8８9９OＯoｏ\p{Nd}]"),
        "{}",
        hints.pattern
    );
    assert!(hints.pattern.ends_with("){9,13}"), "{}", hints.pattern);
}

#[test]
fn debug_shows_the_shape() {
    let shown = format!("{:?}", UserCodeFormat::digits(9).unwrap());
    assert!(
        shown.contains("\"0123456789\"") && shown.contains("9"),
        "{shown}"
    );
}
