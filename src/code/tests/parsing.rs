use proptest::prelude::*;

use super::rng::Seeded;
use super::*;
use UserCodeError::{ForeignCharacter, Mistyped, TooLong};

/// Some of what may stand anywhere in a code: what keyboards, word processors and chats put in, and marks of many scripts.
const SEPARATORS: &str = "-._ \t\r\n\0'\"`,;:!?()[]{}<>/\\|*#+=~\u{A0}\u{2003}\u{202F}\u{3000}\
                          \u{2010}\u{2011}\u{2013}\u{2014}\u{2212}\u{FE58}\u{FF0D}\u{30FB}\u{58A}\u{5BE}\u{1806}\u{2E3A}\
                          “”„‘’‚«»‹›「」『』（）【】〈〉،؛؟।॥。、・…\
                          \u{AD}\u{61C}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{2028}\u{202A}\u{202C}\u{202E}\u{2060}\
                          \u{2066}\u{2069}\u{FEFF}\u{FE0F}\u{20E3}\u{E0041}\u{115F}\u{3164}\u{FFA0}\u{2800}";

fn wrong_length(actual: usize) -> UserCodeError {
    UserCodeError::WrongLength {
        shortest: 8,
        longest: 12,
        actual,
    }
}

#[test]
fn spellings_of_one_code_are_one_code() {
    for typed in [
        "WDJBMJHT",
        "WDJB-MJHT",
        "wdjb-mjht",
        "WdJb-mJhT",
        "wdjb mjht",
        "  WDJB  -  MJHT\t",
        "W.D.J.B.M.J.H.T",
        "WDJB_MJHT\r\n",
        "WDJB\u{2010}MJHT",
        "WDJB\u{2014}MJHT",
        "WDJB\u{2212}MJHT",
        "WDJB\u{FF0D}MJHT",
        "WDJB\u{A0}MJHT",
        "WDJB\u{3000}MJHT",
        "ＷＤＪＢ－ＭＪＨＴ",
        "ｗｄｊｂｍｊｈｔ",
        "-WDJBMJHT-",
        "\u{201C}WDJB-MJHT\u{201D}",
        "(WDJB-MJHT)",
        "【ＷＤＪＢ－ＭＪＨＴ】",
        "«\u{A0}WDJB-MJHT\u{A0}»",
        "`WDJB-MJHT`",
        "**WDJB-MJHT**",
        "WDJB/MJHT!",
        "WDJB-MJHT\0",
        "WDJB\u{200B}MJHT",
        "WDJB\u{200D}MJHT",
        "WDJB\u{2060}MJHT",
        "WDJB\u{AD}MJHT",
        "WDJB\u{2028}MJHT",
        "\u{FEFF}WDJBMJHT",
        "\u{2066}WDJB-MJHT\u{2069}",
        "\u{202E}WDJBMJHT\u{202C}",
        "WDJB\u{3164}MJHT",
        "✂ WDJB-MJHT ✂",
    ] {
        let code = UserCodeFormat::default().parse(typed);
        assert_eq!(code.unwrap().expose(), "WDJBMJHT", "{typed:?}");
    }
}

#[test]
fn what_is_no_spelling_is_refused_and_says_why() {
    for (typed, error) in [
        ("", wrong_length(0)),
        ("----", wrong_length(0)),
        ("WDJB-MJH", wrong_length(7)),
        ("WDJB-MJHT-WDJB-M", wrong_length(13)),
        ("WDJB-MJHT-WDJB-MJHT", wrong_length(16)),
        ("WDJB-MJHY", ForeignCharacter),
        ("WDJB-MJH1", ForeignCharacter),
        ("\u{0412}DJB-MJHT", ForeignCharacter),
        ("𝐖DJB-MJHT", ForeignCharacter),
        ("WDJB-MJHÉ", ForeignCharacter),
        ("WDJB-MJHT²", ForeignCharacter),
        ("WDJB-MJHTⒶ", ForeignCharacter),
        ("WDJB-MJHT三", ForeignCharacter),
        ("WDJB-MJHT٣", ForeignCharacter),
    ] {
        let refused = UserCodeFormat::default().parse(typed);
        assert_eq!(refused.unwrap_err(), error, "{typed:?}");
    }
}

#[test]
fn letters_that_only_a_locale_would_fold_are_foreign() {
    let letters = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8).unwrap();
    for foreign in [
        '\u{131}', '\u{130}', '\u{212A}', '\u{17F}', '\u{DF}', '\u{FB01}',
    ] {
        let typed = format!("ABCDEFG{foreign}");
        assert_eq!(
            letters.parse(&typed).unwrap_err(),
            ForeignCharacter,
            "{typed}"
        );
    }
}

#[test]
fn digits_of_any_script_are_digits_where_there_are_digits() {
    let digits = UserCodeFormat::digits(9).unwrap();
    for typed in [
        "٠١٢-٣٤٥-٦٧٨",
        "۰۱۲۳۴۵۶۷۸",
        "०१२३४५६७८",
        "０１２-３４５-６７８",
        "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠",
        "0١۲३４𝟝6٧۸",
    ] {
        assert_eq!(
            digits.parse(typed).unwrap().expose(),
            "012345678",
            "{typed}"
        );
    }
    let crockford = UserCodeFormat::crockford().parse("٣ABC-DEF٩").unwrap();
    assert_eq!(crockford.expose(), "3ABCDEF9");
    for typed in ["①②③④⑤⑥⑦⑧⑨", "一二三四五六七八九", "⁰¹²³⁴⁵⁶⁷⁸"]
    {
        assert_eq!(
            digits.parse(typed).unwrap_err(),
            ForeignCharacter,
            "{typed}"
        );
    }
}

/// Letters that look like nothing: to the standard library they are letters.
const INVISIBLE_LETTERS: &str = "\u{115F}\u{1160}\u{3164}\u{FFA0}";

/// A letter or a number is a symbol or a mistake; everything else is passed over.
#[test]
fn of_all_characters_only_these_are_read() {
    let base36 = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 6).unwrap();
    for character in '\0'..=char::MAX {
        let narrow = match (character, digit::value(character)) {
            ('\u{FF01}'..='\u{FF5E}', _) => char::from_u32(u32::from(character) - 0xFEE0).unwrap(),
            (_, Some(value)) => char::from_digit(value, 10).unwrap(),
            (_, None) => character,
        };
        let expected = if narrow.is_ascii_alphanumeric() {
            Ok(format!("{}AAAAA", narrow.to_ascii_uppercase()))
        } else if narrow.is_alphanumeric() && !INVISIBLE_LETTERS.contains(character) {
            Err(ForeignCharacter)
        } else {
            Err(UserCodeError::WrongLength {
                shortest: 6,
                longest: 10,
                actual: 5,
            })
        };
        let read = base36.parse(&format!("{character}AAAAA"));
        let read = read.map(|code| code.expose().to_owned());
        assert_eq!(read, expected, "{character:?}");
    }
}

#[test]
fn input_is_capped_before_it_is_read() {
    let format = UserCodeFormat::default();
    let padded = |spaces| format!("WDJBMJHT{}", " ".repeat(spaces));
    assert_eq!(format.parse(&padded(248)).unwrap().expose(), "WDJBMJHT");
    assert_eq!(format.parse(&padded(249)).unwrap_err(), TooLong);
    assert_eq!(
        format.parse(&"\u{131}".repeat(1 << 20)).unwrap_err(),
        TooLong
    );
}

#[test]
fn the_longest_code_fits_in_its_widest_spelling() {
    let format = UserCodeFormat::digits(32).unwrap().with_check_character();
    let code = format.generate(&mut Seeded(8)).unwrap();
    let wide: String = code
        .clone()
        .into_display()
        .chars()
        .map(full_width)
        .collect();
    assert_eq!(wide.len(), 123);
    let widest = code.expose().chars().map(|c| {
        let digit = char::from_u32(0x1D7CE + c.to_digit(10).unwrap()).unwrap();
        format!("{digit}\u{200B}")
    });
    let widest: String = widest.collect();
    assert_eq!(widest.len(), 231);
    assert_eq!(format.parse(&widest).unwrap().expose(), code.expose());
    assert_eq!(format.parse(&wide).unwrap().expose(), code.expose());
}

#[test]
fn look_alikes_count_only_where_the_alphabet_says_so() {
    let plain = UserCodeFormat::digits(9).unwrap();
    assert_eq!(plain.parse("O12345678").unwrap_err(), ForeignCharacter);

    let mapped = plain
        .with_look_alike('O', '0')
        .unwrap()
        .with_look_alike('l', '1')
        .unwrap();
    for typed in [
        "O12345678",
        "o12345678",
        "0l2345678",
        "0L2345678",
        "Ｏｌ２345678",
    ] {
        assert_eq!(
            mapped.parse(typed).unwrap().expose(),
            "012345678",
            "{typed}"
        );
    }
    assert_eq!(mapped.parse("I12345678").unwrap_err(), ForeignCharacter);
}

#[test]
fn crockford_reads_every_character_as_the_base32_decoder_does() {
    let format = UserCodeFormat::crockford();
    for byte in 0..=127_u8 {
        let typed = format!("0000000{}", char::from(byte));
        let decoded = base32::decode(base32::Alphabet::Crockford, &typed);
        let canonical = decoded.map(|bytes| base32::encode(base32::Alphabet::Crockford, &bytes));
        let read = format
            .parse(&typed)
            .ok()
            .map(|code| code.expose().to_owned());
        assert_eq!(read, canonical, "{typed:?}");
    }
}

#[test]
fn case_counts_in_an_alphabet_of_both() {
    let format = UserCodeFormat::custom("ABCDEFGHIJabc", 12).unwrap();
    assert_eq!(
        format.parse("ABCabcABCabc").unwrap().expose(),
        "ABCabcABCabc"
    );
    assert_eq!(format.parse("ABCabcABCabd").unwrap_err(), ForeignCharacter);
}

#[test]
fn every_single_mistake_is_told_by_the_check_character() {
    for (name, format) in formats()
        .into_iter()
        .filter(|(_, f)| f.has_check_character())
    {
        let mut rng = Seeded(9);
        for _ in 0..20 {
            let code = format.generate(&mut rng).unwrap();
            let symbols = code.expose().as_bytes();
            for position in 0..symbols.len() {
                for &other in format.symbols().iter().filter(|s| **s != symbols[position]) {
                    let mut wrong = symbols.to_vec();
                    wrong[position] = other;
                    assert_mistyped(name, &format, wrong);
                }
                if position > 0 && symbols[position - 1] != symbols[position] {
                    let mut wrong = symbols.to_vec();
                    wrong.swap(position - 1, position);
                    assert_mistyped(name, &format, wrong);
                }
            }
        }
    }
}

fn assert_mistyped(name: &str, format: &UserCodeFormat, wrong: Vec<u8>) {
    let wrong = String::from_utf8(wrong).unwrap();
    assert_eq!(
        format.parse(&wrong).unwrap_err(),
        Mistyped,
        "{name}: {wrong}"
    );
}

#[test]
fn errors_and_debug_never_show_a_code() {
    let format = UserCodeFormat::default().with_check_character();
    for typed in ["WDJB-MJHT", "WDJB-MJHT-W", "WDJB-MJHA", &"WDJB".repeat(40)] {
        let error = format.parse(typed).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("WDJB") && !shown.contains("MJH"), "{shown}");
    }
    let code = UserCodeFormat::default().parse("WDJB-MJHT").unwrap();
    assert_eq!(format!("{code:?} {code:#?}"), "UserCode(..) UserCode(..)");
}

fn full_width(character: char) -> char {
    char::from_u32(u32::from(character) + 0xFEE0).unwrap()
}

/// One way to type a character: what comes before it, in which case, how wide.
fn typist() -> impl Strategy<Value = (String, bool, bool)> {
    let separators: Vec<char> = SEPARATORS.chars().collect();
    let before = prop::collection::vec(prop::sample::select(separators), 0..=1);
    (
        before.prop_map(String::from_iter),
        any::<bool>(),
        any::<bool>(),
    )
}

proptest! {
    #[test]
    fn a_shown_code_survives_hostile_typing(
        which in 0..22_usize, seed: u64, typists in prop::collection::vec(typist(), 33)
    ) {
        let (name, format) = formats().swap_remove(which);
        let code = format.generate(&mut Seeded(seed)).unwrap();
        let mut typed = String::new();
        for (symbol, (before, flip, widen)) in code.expose().chars().zip(typists) {
            let flip = flip && name != "both cases";
            let symbol = match symbol {
                c if flip && c.is_ascii_lowercase() => c.to_ascii_uppercase(),
                c if flip => c.to_ascii_lowercase(),
                c => c,
            };
            typed.push_str(&before);
            typed.push(if widen { full_width(symbol) } else { symbol });
        }
        match format.parse(&typed) {
            Ok(read) => prop_assert_eq!(read.expose(), code.expose()),
            Err(error) => {
                prop_assert_eq!(error, TooLong);
                prop_assert!(typed.len() > 256);
            }
        }
    }

    #[test]
    fn reading_any_text_is_total(which in 0..22_usize, typed in any::<String>()) {
        let (_, format) = formats().swap_remove(which);
        let _ = format.parse(&typed);
    }

    #[test]
    fn whatever_is_read_is_canonical(typed in "[-._ 0-9A-Za-zＡ-Ｚ０-９]{6,14}") {
        for (name, format) in formats() {
            if let Ok(code) = format.parse(&typed) {
                prop_assert!(format.lengths().contains(&code.expose().len()), "{}", name);
                prop_assert!(code.expose().bytes().all(|b| format.symbols().contains(&b)));
                let again = format.parse(&code.clone().into_display()).unwrap();
                prop_assert_eq!(again.expose(), code.expose());
            }
        }
    }
}

#[test]
fn an_entry_of_the_wrong_length_is_told_which_lengths_codes_have() {
    let told = |format: UserCodeFormat| format.parse("BCD").unwrap_err().to_string();
    assert_eq!(
        told(UserCodeFormat::base20()),
        "the code has 8 to 12 characters, 3 were entered"
    );
    assert_eq!(
        told(UserCodeFormat::base20().with_lengths(9..=9).unwrap()),
        "the code has 9 characters, 3 were entered"
    );
}
