use std::time::Duration;

use proptest::prelude::*;

use super::*;

const LIFETIME: Duration = Duration::from_secs(600);

fn budget(bound: f64, formats: &[UserCodeFormat]) -> GuessBudget {
    GuessBudget::new(bound, LIFETIME, formats)
}

/// For each length: characters, wrong entries and live codes.
fn numbers(budget: &GuessBudget) -> Vec<(usize, u32, u32)> {
    let lengths = budget.lengths.iter();
    let numbers = lengths.map(|length| {
        let characters = *length.format.lengths().start();
        (characters, length.wrong_entries, length.live_codes)
    });
    numbers.collect()
}

#[test]
fn the_default_bound_is_shared_out_over_the_lengths() {
    let default = budget(1e-5, &[UserCodeFormat::default()]);
    let expected = [
        (8, 177, 708),
        (9, 564, 2_256),
        (10, 1_788, 7_152),
        (11, 5_655, 22_620),
        (12, 25_296, 101_184),
    ];
    assert_eq!(numbers(&default), expected);
    assert!(default.expected_hits <= 1e-5);
    assert!(default.expected_hits > 0.95e-5, "{default}");
}

#[test]
fn one_length_has_the_whole_bound() {
    let fixed = budget(
        1e-5,
        &[UserCodeFormat::base20().with_lengths(8..=8).unwrap()],
    );
    assert_eq!(numbers(&fixed), [(8, 252, 1_008)]);
}

#[test]
fn formats_share_the_bound_and_those_that_are_made_alike_a_budget() {
    let digits = UserCodeFormat::digits(12).unwrap();
    let alike = digits.clone().with_look_alike('O', '0').unwrap();
    let checked = digits.clone().with_check_character();
    let one = budget(1e-5, std::slice::from_ref(&digits));
    let two = budget(1e-5, &[digits.clone(), alike.clone()]);
    assert_eq!(numbers(&one), numbers(&two));
    let all = budget(1e-5, &[digits, alike, checked, UserCodeFormat::base20()]);
    assert_eq!(all.lengths.len(), 15);
    assert!(all.expected_hits <= 1e-5);
}

#[test]
fn formats_that_differ_in_blocked_words_have_the_budget_of_the_fewer_codes() {
    let all = UserCodeFormat::base20().with_lengths(8..=8).unwrap();
    let fewer = all.clone().with_blocked_words(["B"]).unwrap();
    let alone = budget(1e-5, std::slice::from_ref(&fewer));
    assert!(
        alone.lengths[0].live_codes
            < budget(1e-5, std::slice::from_ref(&all)).lengths[0].live_codes
    );
    for both in [[all.clone(), fewer.clone()], [fewer, all]] {
        assert_eq!(numbers(&budget(1e-5, &both)), numbers(&alone));
    }
}

#[test]
fn a_length_of_too_few_codes_is_not_drawn_and_leaves_its_part_to_the_others() {
    let tight = budget(1e-9, &[UserCodeFormat::base20()]);
    let drawn: Vec<bool> = tight.lengths.iter().map(LengthBudget::is_drawn).collect();
    assert_eq!(drawn, [false, false, true, true, true]);
    let shortest = &tight.lengths[0];
    assert_eq!((shortest.wrong_entries, shortest.live_codes), (30, 0));
    let from_ten = UserCodeFormat::base20();
    let from_ten = budget(1e-9, &[from_ten.with_lengths(10..=12).unwrap()]);
    assert_eq!(numbers(&tight)[2..], numbers(&from_ten));
}

#[test]
fn a_bound_that_is_none_lets_nothing_be_issued() {
    for bad in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0] {
        let budget = budget(bad, &[UserCodeFormat::base20()]);
        let drawn = budget.lengths.iter().any(LengthBudget::is_drawn);
        assert!(!drawn, "{bad}");
    }
}

#[test]
fn at_most_a_million_wrong_entries_are_let_through_at_once() {
    let long = UserCodeFormat::base20().with_lengths(20..=20).unwrap();
    let budget = budget(1e-3, &[long]);
    assert_eq!(budget.lengths[0].wrong_entries_at_once, 1_000_000);
}

#[test]
fn the_budget_spells_its_sum_out() {
    let digits = UserCodeFormat::digits(9)
        .unwrap()
        .with_lengths(9..=10)
        .unwrap();
    assert_eq!(
        budget(1e-5, &[digits]).to_string(),
        "9.28e-6 hits expected by guessing during one lifetime of 600 s: \
         33 wrong entries x 132 live codes / 1.00e9 codes of 9 characters + \
         111 wrong entries x 444 live codes / 1.00e10 codes of 10 characters; the bound is 1e-5"
    );
}

proptest! {
    #[test]
    fn no_formats_and_no_bound_make_more_hits_than_the_bound(
        exponent in 3.0..12.0_f64,
        chosen in proptest::collection::vec(0..22_usize, 1..5),
    ) {
        let bound = 10_f64.powf(-exponent);
        let formats: Vec<_> = chosen.iter().map(|which| formats().swap_remove(*which).1).collect();
        let budget = budget(bound, &formats);
        prop_assert!(budget.expected_hits <= bound, "{}", budget);
        for format in formats.iter().flat_map(UserCodeFormat::each_length) {
            prop_assert!(budget.of(&format).is_some());
        }
    }
}
