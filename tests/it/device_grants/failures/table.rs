//! Reads `docs/failures.md`, or with `WRITE_DOCS=1` writes into it what was noticed.

use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use super::Case;
use super::case;

const TABLE: &str = include_str!("../../../../docs/failures.md");

/// The effects of one failure, in the words of the table.
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
    let cells = format!("{device} | {issuer} | {person} | {host}");
    if env::var_os("WRITE_DOCS").is_some() {
        return write(case, &cells);
    }
    let line = format!("| `{case}` | .. | {cells} |");
    let rows = rows();
    let row = rows.iter().find(|(written, _)| *written == case);
    let (_, row) = row.unwrap_or_else(|| panic!("docs/failures.md has no row {case:?}: {line}"));
    assert_eq!(row, noticed, "it should be {line}");
}

/// Writes what was noticed into the row of the case, whose first two cells stay.
fn write(case: &str, cells: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/failures.md");
    let table = fs::read_to_string(path).unwrap();
    let begins = format!("| `{case}` | ");
    let lines = table.lines().map(|line| match line.strip_prefix(&begins) {
        Some(rest) => {
            let (what, _) = rest.split_once(" | ").unwrap();
            format!("{begins}{what} | {cells} |\n")
        }
        None => format!("{line}\n"),
    });
    let lines: String = lines.collect();
    fs::write(path, lines).unwrap();
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
