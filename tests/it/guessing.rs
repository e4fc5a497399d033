//! The numbers in docs/guessing.md.

use std::time::Duration;

use device_grant::Limits;
use device_grant::code::UserCodeFormat;
use device_grant::host::Quota;

use crate::repository;

const LIFETIME: Duration = Duration::from_secs(600);
const MINUTE: Duration = Duration::from_secs(60);

type Set = fn(Limits, Quota) -> Limits;

fn formats() -> Vec<(&'static str, UserCodeFormat)> {
    let digits = |length| UserCodeFormat::digits(length).unwrap();
    let base20 = UserCodeFormat::base20;
    let letters = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8);
    vec![
        ("`base20()`, the default", base20()),
        (
            "`base20().with_lengths(8..=8)`",
            base20().with_lengths(8..=8).unwrap(),
        ),
        ("`custom(\"A…Z\", 8)`", letters.unwrap()),
        ("`crockford()`", UserCodeFormat::crockford()),
        ("`digits(9)`", digits(9)),
        ("`digits(12)`", digits(12)),
    ]
}

/// Format, characters, bits, wrong entries and live codes; once for each length.
fn rows() -> String {
    let mut rows = String::new();
    for (name, format) in formats() {
        let budget = Limits::default().guess_budget(LIFETIME, &format);
        for length in &budget.lengths {
            let (characters, bits) = (length.format.lengths(), length.code_space.log2());
            rows += &format!(
                "| {name} | {} | {bits:.1} | {} | {} | {:.1e} |\n",
                characters.start(),
                length.wrong_entries,
                length.live_codes,
                length.expected_hits,
            );
        }
    }
    rows
}

#[test]
fn the_table_of_lengths_is_that_of_the_budgets() {
    let shown = repository::file("docs/guessing.md").text;
    let rows = rows();
    assert!(
        shown.contains(&rows),
        "docs/guessing.md does not have these rows:\n{rows}"
    );
}

#[test]
fn the_defaults_it_names_are_the_limits_own() {
    let shown = repository::file("docs/guessing.md").text;
    let limits = Limits::default();
    let settings: [(&str, u32, Duration, Set); 3] = [
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
        (
            "authorizations_per_source",
            60,
            MINUTE,
            Limits::authorizations_per_source,
        ),
    ];
    for (name, burst, period, set) in settings {
        let minutes = period.as_secs() / 60;
        let row = format!("| `{name}` | {burst} in {minutes} min |");
        assert!(shown.contains(&row), "docs/guessing.md has no row {row:?}");
        assert_eq!(set(limits, Quota::new(burst, period)), limits, "{name}");
    }
    assert_eq!(limits.expected_hits(1e-5), limits);
}
