//! The table of recorded failures, `recorded.tsv`, from which `docs/recorded-failures.md` is made.

use std::fs;
use std::path::Path;

const DOCUMENT: &str = "docs/recorded-failures.md";

/// A line of the table.
#[derive(Debug)]
struct Recorded {
    number: u32,
    seen_in: String,
    failure: String,
    file: String,
    /// The name of a test function, or the title of a test in JavaScript.
    test: String,
    /// The change to the crate that turned the test red, where it was tried.
    made_red_by: String,
}

fn in_repository(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table() -> Vec<Recorded> {
    let text = in_repository("tests/lessons/recorded.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(read).collect()
}

fn read(line: &str) -> Recorded {
    let fields: Vec<&str> = line.split('\t').collect();
    let [number, seen_in, failure, test, made_red_by] = fields[..] else {
        panic!("five fields: {line}");
    };
    assert_ne!(
        made_red_by, "",
        "no test counts that was not seen to fail: {line}"
    );
    let (file, test) = test.split_once("::").unwrap();
    Recorded {
        number: number.parse().unwrap(),
        seen_in: seen_in.to_owned(),
        failure: failure.to_owned(),
        file: file.to_owned(),
        test: test.to_owned(),
        made_red_by: made_red_by.to_owned(),
    }
}

fn document(table: &[Recorded]) -> String {
    let mut text = String::from(
        "# Recorded failures

This table lists failures of device grants, each with its test here. Most are from public issue trackers and advisories; some of those
servers have been corrected since. Each test was seen to fail: the last column has the change to this crate that made it fail.

The table is made from `tests/lessons/recorded.tsv` by `WRITE_DOCS=1 cargo test --features testing --test lessons`.

| | seen in | failure | test | made red by |
|---:|---|---|---|---|
",
    );
    for row in table {
        let Recorded {
            number,
            seen_in,
            failure,
            file,
            test,
            made_red_by,
        } = row;
        text += &format!(
            "| {number} | {seen_in} | {failure} | `{test}` in `{file}` | {made_red_by} |\n"
        );
    }
    text
}

#[test]
fn every_recorded_failure_has_a_test_that_exists() {
    let table = table();
    assert!(table.len() > 50, "{}", table.len());
    for (number, row) in (1..).zip(&table) {
        assert_eq!(row.number, number, "{row:?}");
        let text = in_repository(&row.file);
        let name = if row.file.ends_with(".rs") {
            format!("fn {}(", row.test)
        } else {
            format!("'{}'", row.test)
        };
        assert!(text.contains(&name), "{row:?}");
    }
}

/// The tests of this folder say in their doc comments which failure they are about.
#[test]
fn a_lesson_and_its_line_name_the_same_test() {
    let table = table();
    let lessons = table
        .iter()
        .filter(|row| row.file.starts_with("tests/lessons/"));
    for row in lessons {
        let text = in_repository(&row.file);
        let (_, rest) = text
            .split_once(&format!("/// Lesson {}:", row.number))
            .unwrap();
        let (_, test) = rest.split_once("\nfn ").unwrap();
        assert!(test.starts_with(&format!("{}(", row.test)), "{row:?}");
    }
}

/// `tests/mutants` inserts each of them where its text stands.
#[test]
fn the_breaks_fit_the_code_and_are_those_of_the_table() {
    let table = table();
    for line in in_repository("tests/mutants/breaks.jsonl").lines() {
        let change: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = change["number"].as_u64().unwrap();
        let row = table.iter().find(|row| u64::from(row.number) == number);
        let made_red_by = Some(row.unwrap().made_red_by.as_str());
        assert_eq!(made_red_by, change["change"].as_str(), "{number}");
        for insertion in change["insertions"].as_array().unwrap() {
            let [file, before] = ["file", "before"].map(|name| insertion[name].as_str().unwrap());
            let places = in_repository(file).matches(before).count();
            assert_eq!(places, 1, "break {number}: {before}");
        }
    }
}

#[test]
fn the_document_is_made_from_the_table() {
    let made = document(&table());
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT), &made).unwrap();
    }
    assert_eq!(in_repository(DOCUMENT), made);
}
