use std::collections::HashSet;

use super::super::sample::{GenerateUserCodeError, symbol_for};
use super::rng::{Failing, NoEntropy, Seeded, Stuck};
use super::*;

const SAMPLES: usize = 20_000;

#[test]
fn every_symbol_has_equally_many_bytes() {
    let all = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for order in 10..=all.len() {
        let symbols = &all[..order];
        let mut counts = vec![0; order];
        let mut redrawn = 0;
        for byte in 0..=255 {
            match symbol_for(byte, symbols) {
                Some(symbol) => counts[symbols.iter().position(|s| *s == symbol).unwrap()] += 1,
                None => redrawn += 1,
            }
        }
        assert_eq!(counts, vec![256 / order; order], "{order} symbols");
        assert_eq!(redrawn, 256 % order, "{order} symbols");
    }
}

#[test]
fn every_crockford_symbol_has_equally_many_five_bit_values() {
    let mut seen = HashSet::new();
    for value in 0..32_u8 {
        let encoded = base32::encode(base32::Alphabet::Crockford, &[value << 3]);
        seen.insert(encoded.as_bytes()[0]);
    }
    let symbols = UserCodeFormat::crockford();
    assert_eq!(seen.len(), 32);
    assert!(seen.iter().all(|symbol| symbols.symbols().contains(symbol)));
}

#[test]
fn every_position_of_every_format_is_uniform() {
    for (name, format) in formats() {
        let mut rng = Seeded(1);
        let mut counts = vec![vec![0_u32; usize::from(format.order())]; format.length()];
        for _ in 0..SAMPLES {
            let code = format.generate(&mut rng).unwrap();
            for (position, symbol) in code.expose().chars().enumerate() {
                counts[position][usize::from(format.index_of(symbol))] += 1;
            }
        }
        for (position, counts) in counts.iter().enumerate() {
            let deviation = deviation(counts);
            assert!(
                deviation < 5.0,
                "{name}, position {position}: {deviation} sigma"
            );
        }
    }
}

#[test]
fn neighbours_in_a_code_are_independent() {
    let format = UserCodeFormat::base20();
    let mut rng = Seeded(2);
    let mut counts = vec![0_u32; 400];
    for _ in 0..SAMPLES {
        let code = format.generate(&mut rng).unwrap();
        let indices: Vec<_> = code
            .expose()
            .chars()
            .map(|c| usize::from(format.index_of(c)))
            .collect();
        for pair in indices.chunks(2) {
            counts[pair[0] * 20 + pair[1]] += 1;
        }
    }
    let deviation = deviation(&counts);
    assert!(deviation < 5.0, "{deviation} sigma");
}

#[test]
fn the_statistic_sees_the_bias_of_a_plain_remainder() {
    let mut rng = Seeded(3);
    let mut counts = vec![0_u32; 20];
    for _ in 0..SAMPLES * 8 {
        let mut byte = [0];
        rand::TryRng::try_fill_bytes(&mut rng, &mut byte).unwrap();
        counts[usize::from(byte[0]) % 20] += 1;
    }
    assert!(deviation(&counts) > 10.0);
}

/// Returns by how many standard deviations chi-square is above its mean.
fn deviation(counts: &[u32]) -> f64 {
    let cells = f64::from(u32::try_from(counts.len()).unwrap());
    let expected = f64::from(counts.iter().sum::<u32>()) / cells;
    let chi_square: f64 = counts
        .iter()
        .map(|count| (f64::from(*count) - expected).powi(2) / expected)
        .sum();
    let freedom = cells - 1.0;
    (chi_square - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn a_drawn_code_is_read_back_in_both_spellings() {
    for (name, format) in formats() {
        let mut rng = Seeded(4);
        for _ in 0..200 {
            let code = format.generate(&mut rng).unwrap();
            assert_eq!(code.expose().len(), format.length(), "{name}");
            for spelling in [code.expose(), &code.clone().into_display()] {
                assert_eq!(
                    format.parse(spelling).unwrap().expose(),
                    code.expose(),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn crockford_codes_are_the_base32_of_the_random_bytes() {
    let mut bytes = [0; 32];
    rand::TryRng::try_fill_bytes(&mut Seeded(5), &mut bytes).unwrap();
    let encoded = base32::encode(base32::Alphabet::Crockford, &bytes[..5]);

    let code = UserCodeFormat::crockford()
        .generate(&mut Seeded(5))
        .unwrap();
    assert_eq!(code.expose(), encoded);
    assert_eq!(
        base32::decode(base32::Alphabet::Crockford, code.expose()).unwrap(),
        &bytes[..5]
    );
}

#[test]
fn drawn_codes_do_not_move_in_memory() {
    // A string that grows leaves its first part behind, unerased.
    for (name, format) in formats() {
        let code = format.generate(&mut Seeded(6)).unwrap();
        let room = grouping::grouped_length(format.length());
        assert_eq!(code.capacity(), room, "{name}");
        assert_eq!(code.clone().into_display().len(), room, "{name}");
        let read = format.parse(code.expose()).unwrap();
        assert_eq!(read.capacity(), *format.lengths().end(), "{name}");
    }
}

#[test]
fn a_failing_generator_is_an_error_and_never_a_code() {
    for (name, format) in formats() {
        let error = format.generate(&mut Failing { calls_left: 0 }).unwrap_err();
        assert!(
            matches!(error, GenerateUserCodeError::Entropy(NoEntropy)),
            "{name}"
        );
    }
    assert_eq!(
        DeviceCode::generate(&mut Failing { calls_left: 0 }).unwrap_err(),
        NoEntropy
    );
    assert_eq!(
        CodeKeys::generate(&mut Failing { calls_left: 0 }).unwrap_err(),
        NoEntropy
    );
}

#[test]
fn a_generator_that_fails_on_the_way_is_an_error() {
    let error = UserCodeFormat::base20()
        .generate(&mut Failing { calls_left: 1 })
        .unwrap_err();
    assert!(matches!(error, GenerateUserCodeError::Entropy(NoEntropy)));
}

#[test]
fn a_stuck_generator_ends_without_a_code() {
    for (name, format) in formats() {
        for pattern in [&[0][..], &[7], &[0xFF]] {
            let mut rng = Stuck::on(pattern);
            let error = format.generate(&mut rng).unwrap_err();
            assert!(
                matches!(error, GenerateUserCodeError::Stuck),
                "{name}, {pattern:?}"
            );
            assert_eq!(rng.given, 32, "{name}");
        }
    }
}

#[test]
fn a_generator_of_unusable_bytes_only_ends_without_a_code() {
    let mut rng = Stuck::on(&[0xFE, 0xFF]);
    let error = UserCodeFormat::base20().generate(&mut rng).unwrap_err();
    assert!(matches!(error, GenerateUserCodeError::Stuck));
    assert_eq!(rng.given, 512);
}

#[test]
fn a_generator_may_be_a_trait_object() {
    let rng: &mut dyn rand::TryRng<Error = std::convert::Infallible> = &mut Seeded(7);
    assert_eq!(
        UserCodeFormat::base20()
            .generate(rng)
            .unwrap()
            .expose()
            .len(),
        8
    );
    assert_eq!(DeviceCode::generate(rng).unwrap().expose().len(), 52);
}

/// A word that no code could spell before can be one that a person reads.
#[test]
fn words_are_blocked_whichever_is_set_first_they_or_the_look_alikes() {
    let format = || UserCodeFormat::custom("ABCDEFGHJKLMNOPQRSTUVWXYZ1", 8).unwrap();
    let words_last = format().with_look_alike('I', '1').unwrap();
    let words_last = words_last.with_blocked_words(["SHIT"]).unwrap();
    let words_first = format().with_blocked_words(["SHIT"]).unwrap();
    let words_first = words_first.with_look_alike('I', '1').unwrap();
    assert_eq!(words_first, words_last);
    assert_ne!(words_first, format().with_look_alike('I', '1').unwrap());
}

#[test]
fn no_drawn_code_contains_a_blocked_word() {
    let digits = UserCodeFormat::digits(9).unwrap();
    let blocked = digits
        .with_blocked_words(["13", "７-7", "７７", "666"])
        .unwrap();
    for format in [blocked.clone(), blocked.with_check_character()] {
        let mut rng = Seeded(10);
        for _ in 0..5_000 {
            let code = format.generate(&mut rng).unwrap();
            let code = code.expose();
            assert!(
                !["13", "77", "666"].iter().any(|word| code.contains(word)),
                "{code}"
            );
        }
    }
}

#[test]
fn a_generator_of_blocked_codes_only_ends_without_a_code() {
    let format = UserCodeFormat::digits(9).unwrap();
    let format = format.with_blocked_words(["012"]).unwrap();
    let error = format.generate(&mut Stuck::on(&[0, 1, 2, 3])).unwrap_err();
    assert!(matches!(error, GenerateUserCodeError::Stuck));
}
