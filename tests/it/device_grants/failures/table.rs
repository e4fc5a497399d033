//! Reads `docs/failures.md`.

use std::collections::BTreeSet;

const TABLE: &str = include_str!("../../../../docs/failures.md");

/// Where the golden cases are.
const CASES: [&str; 4] = [
    include_str!("deciding.rs"),
    include_str!("lost.rs"),
    include_str!("redeeming.rs"),
    include_str!("starting.rs"),
];

/// What everybody notices of one failure, in the words of the table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) device: String,
    pub(super) issuer: String,
    pub(super) person: String,
    pub(super) host: String,
}

/// Holds what was noticed of a failure against its row.
#[track_caller]
pub(super) fn golden(condition: &str, noticed: &Row) {
    let Row {
        device,
        issuer,
        person,
        host,
    } = noticed;
    let line = format!("| {condition} | {device} | {issuer} | {person} | {host} |");
    let rows = rows();
    let row = rows.iter().find(|(written, _)| *written == condition);
    let (_, row) =
        row.unwrap_or_else(|| panic!("docs/failures.md has no row {condition:?}: {line}"));
    assert_eq!(row, noticed, "it should be {line}");
}

fn rows() -> Vec<(&'static str, Row)> {
    TABLE.lines().filter_map(row).collect()
}

fn row(line: &'static str) -> Option<(&'static str, Row)> {
    let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let cells: Vec<&str> = line.split(" | ").collect();
    let &[condition, device, issuer, person, host] = &cells[..] else {
        panic!(
            "docs/failures.md has a row of {} cells: {line}",
            cells.len()
        );
    };
    let row = Row {
        device: device.to_owned(),
        issuer: issuer.to_owned(),
        person: person.to_owned(),
        host: host.to_owned(),
    };
    (condition != "What fails").then_some((condition, row))
}

fn golden_conditions() -> BTreeSet<&'static str> {
    let calls = CASES
        .iter()
        .flat_map(|source| source.split("golden(").skip(1));
    let conditions =
        calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next());
    conditions.collect()
}

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let rows = rows();
    let rows: Vec<_> = rows.iter().map(|(condition, _)| *condition).collect();
    let conditions: BTreeSet<_> = rows.iter().copied().collect();
    assert_eq!(rows.len(), conditions.len(), "a condition has two rows");
    assert!(rows.len() > 30, "{rows:?}");
    let cases = golden_conditions();
    let without_case: Vec<_> = conditions.difference(&cases).collect();
    assert!(without_case.is_empty(), "no case: {without_case:?}");
    let without_row: Vec<_> = cases.difference(&conditions).collect();
    assert!(without_row.is_empty(), "no row: {without_row:?}");
}

#[test]
fn every_row_says_what_a_person_has_to_do_in_words_that_the_document_explains() {
    for (condition, row) in rows() {
        let explained = format!("- **{}**", row.person);
        assert!(TABLE.contains(&explained), "{condition}: {}", row.person);
    }
}
