//! What docs/guessing.md says in numbers.

use std::time::Duration;

use device_grant::Limits;
use device_grant::code::{GuessBudget, UserCodeFormat};
use device_grant::host::Quota;

use crate::repository;

const LIFETIME: Duration = Duration::from_secs(600);
const MINUTE: Duration = Duration::from_secs(60);

/// The wrong codes that the defaults let through while a code lives: ten minutes of 300, and the burst.
const WRONG_CODES: f64 = 3_300.0;

type Set = fn(Limits, Quota) -> Limits;

const LIVE: [u32; 4] = [100, 1_000, 6_600, 100_000];

fn formats() -> Vec<(&'static str, UserCodeFormat)> {
    let digits = |length| UserCodeFormat::digits(length).unwrap();
    let base20 = UserCodeFormat::base20;
    let letters = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8);
    vec![
        ("`digits(9)`", digits(9)),
        ("`digits(10)`", digits(10)),
        ("`base20()`, the default", base20()),
        ("`custom(\"A…Z\", 8)`", letters.unwrap()),
        (
            "`base20().with_length(9)`",
            base20().with_length(9).unwrap(),
        ),
        ("`digits(12)`", digits(12)),
        ("`crockford()`", UserCodeFormat::crockford()),
        (
            "`base20().with_length(10)`",
            base20().with_length(10).unwrap(),
        ),
    ]
}

fn issuing(per_minute: u32) -> Limits {
    Limits::default().authorizations(Quota::new(per_minute, MINUTE))
}

/// The most codes that may be issued in a minute, if guessing is to stay within the bound.
fn most_issued(format: &UserCodeFormat) -> u32 {
    let fits = |per_minute| {
        let budget = issuing(per_minute).guess_budget(LIFETIME, format);
        budget.is_within_bound()
    };
    let (mut fitting, mut too_many) = (0, 100_000_000);
    assert!(!fits(too_many));
    while too_many - fitting > 1 {
        let middle = fitting + (too_many - fitting) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            too_many = middle;
        }
    }
    fitting
}

fn row(name: &str, format: &UserCodeFormat) -> String {
    let mut row = format!("| {name} | {:.1} |", format.bits());
    for live in LIVE {
        let hits = WRONG_CODES * f64::from(live) / format.code_space();
        let mark = if hits > GuessBudget::MAX_EXPECTED_HITS {
            "**"
        } else {
            ""
        };
        row += &format!(" {mark}{hits:.1e}{mark} |");
    }
    format!("{row} {} |", most_issued(format))
}

#[test]
fn the_table_of_formats_and_live_codes_is_that_of_the_budget() {
    let shown = repository::file("docs/guessing.md").text;
    let rows: Vec<String> = formats()
        .iter()
        .map(|(name, format)| row(name, format))
        .collect();
    let rows = rows.join("\n");
    assert!(
        shown.contains(&rows),
        "docs/guessing.md does not have these rows:\n{rows}"
    );
}

#[test]
fn the_wrong_codes_of_the_table_are_those_that_the_defaults_let_through() {
    // One live code at most: what is left of the budget are the wrong codes.
    let one =
        Limits::default().authorizations(Quota::new(1, Duration::from_secs(366 * 24 * 3_600)));
    let format = UserCodeFormat::base20();
    let wrong_codes = one.guess_budget(LIFETIME, &format).expected_hits() * format.code_space();
    assert!((wrong_codes - WRONG_CODES).abs() < 0.1, "{wrong_codes}");
}

#[test]
fn the_defaults_it_names_are_the_limits_own() {
    let shown = repository::file("docs/guessing.md").text;
    let limits = Limits::default();
    let settings: [(&str, u32, Duration, Set); 6] = [
        (
            "entries_per_subject",
            5,
            10 * MINUTE,
            Limits::entries_per_subject,
        ),
        (
            "entries_per_source",
            30,
            10 * MINUTE,
            Limits::entries_per_source,
        ),
        ("failed_entries", 300, MINUTE, Limits::failed_entries),
        (
            "authorizations_per_source",
            60,
            MINUTE,
            Limits::authorizations_per_source,
        ),
        (
            "authorizations_per_client",
            300,
            MINUTE,
            Limits::authorizations_per_client,
        ),
        ("authorizations", 600, MINUTE, Limits::authorizations),
    ];
    for (name, burst, period, set) in settings {
        let minutes = period.as_secs() / 60;
        let row = format!("| `{name}` | {burst} in {minutes} min |");
        assert!(shown.contains(&row), "docs/guessing.md has no row {row:?}");
        // A share that is not set follows the whole, and is not equal to one that is.
        if name != "authorizations_per_client" {
            assert_eq!(set(limits, Quota::new(burst, period)), limits, "{name}");
        }
    }
}
