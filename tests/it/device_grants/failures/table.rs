//! Reads `docs/failures.md`.

use super::Case;
use super::case;

const TABLE: &str = include_str!("../../../../docs/failures.md");

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
pub(super) fn golden(Case(case): Case, noticed: &Row) {
    let Row {
        device,
        issuer,
        person,
        host,
    } = noticed;
    let line = format!("| `{case}` | .. | {device} | {issuer} | {person} | {host} |");
    let rows = rows();
    let row = rows.iter().find(|(written, _)| *written == case);
    let (_, row) = row.unwrap_or_else(|| panic!("docs/failures.md has no row {case:?}: {line}"));
    assert_eq!(row, noticed, "it should be {line}");
}

fn rows() -> Vec<(&'static str, Row)> {
    TABLE.lines().filter_map(row).collect()
}

fn row(line: &'static str) -> Option<(&'static str, Row)> {
    let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let cells: Vec<&str> = line.split(" | ").collect();
    let &[case, _, device, issuer, person, host] = &cells[..] else {
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
    (case != "Case").then_some((case.trim_matches('`'), row))
}

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let rows: Vec<_> = rows().into_iter().map(|(case, _)| case).collect();
    assert_eq!(rows, case::ALL);
}

#[test]
fn every_row_says_what_a_person_has_to_do_in_words_that_the_document_explains() {
    for (case, row) in rows() {
        let explained = format!("- **{}**", row.person);
        assert!(TABLE.contains(&explained), "{case}: {}", row.person);
    }
}
