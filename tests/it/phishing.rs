//! What docs/phishing.md promises, held to the sources.

use crate::repository::{self, TextFile};

/// The mitigations of [RFC 10027 §6.1](https://www.rfc-editor.org/rfc/rfc10027#section-6.1), in its order.
const MITIGATIONS: [&str; 17] = [
    "Establish proximity",
    "Short-lived codes",
    "One-time codes",
    "Unique codes",
    "Content filtering",
    "Detect and remediate",
    "Trusted devices",
    "Trusted networks",
    "Limited scopes",
    "Short-lived tokens",
    "Rate limits",
    "Sender-constrained tokens",
    "User education",
    "User experience",
    "Authenticate, then initiate",
    "Verification at the device",
    "Request binding with out-of-band data",
];

/// The rows of the table: number, mitigation, what is there anyway, what can be set.
fn rows() -> Vec<[String; 4]> {
    let shown = repository::file("docs/phishing.md").text;
    let rows = shown.lines().filter_map(|line| {
        let mut cells = line
            .strip_prefix("| ")?
            .split(" |")
            .map(|cell| cell.trim().to_owned());
        let mut next = || cells.next();
        let row = [next()?, next()?, next()?, next()?];
        row[0].parse::<u8>().is_ok().then_some(row)
    });
    rows.collect()
}

/// What stands in code spans.
fn named(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The files in which a type is declared or has an `impl` of its own.
fn files_of<'a>(sources: &'a [TextFile], of: &str) -> Vec<&'a TextFile> {
    let is_it = |rest: &str| {
        rest.strip_prefix(of)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let declares = |line: &str| {
        ["pub struct ", "pub enum ", "pub trait ", "impl "]
            .iter()
            .any(|keyword| line.strip_prefix(keyword).is_some_and(is_it))
    };
    let files = sources.iter();
    files
        .filter(|file| file.text.lines().any(declares))
        .collect()
}

/// Whether a line declares a method, a trait's method, a field or a variant of this name.
fn declares(line: &str, name: &str) -> bool {
    let line = line.trim_start();
    let rest = ["pub fn ", "pub async fn ", "async fn ", "fn ", "pub ", ""]
        .iter()
        .find_map(|keyword| line.strip_prefix(keyword)?.strip_prefix(name));
    rest.is_some_and(|rest| rest.starts_with(['(', ',', '<', ' ', ':']))
}

fn exists(sources: &[TextFile], path: &str) -> bool {
    let (of, name) = match path.split_once("::") {
        Some((of, name)) => (of, Some(name)),
        None => (path, None),
    };
    let files = files_of(sources, of);
    match name {
        None => !files.is_empty(),
        Some(name) => files
            .iter()
            .any(|file| file.text.lines().any(|line| declares(line, name))),
    }
}

#[test]
fn all_seventeen_mitigations_are_there() {
    let shown: Vec<String> = rows()
        .into_iter()
        .map(|[_, mitigation, ..]| mitigation)
        .collect();
    assert_eq!(shown, MITIGATIONS);
    let numbers: Vec<String> = rows().into_iter().map(|[number, ..]| number).collect();
    assert_eq!(numbers, (1..=17).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn each_mitigation_names_a_setting_or_says_that_there_is_none() {
    for [_, mitigation, anyway, settings] in rows() {
        let is_honest = anyway.starts_with("Not offered");
        let names = named(&settings).len() + named(&anyway).len();
        assert!(is_honest || names > 0, "{mitigation}");
    }
}

#[test]
fn every_setting_that_is_named_exists() {
    let sources = repository::sources();
    for [_, mitigation, anyway, settings] in rows() {
        for path in named(&anyway).into_iter().chain(named(&settings)) {
            assert!(exists(&sources, path), "{mitigation}: {path}");
        }
    }
}

#[test]
fn a_setting_that_does_not_exist_is_missed() {
    let sources = repository::sources();
    for path in ["Builder::safe", "Safety", "Ruling::Never", "Policies"] {
        assert!(!exists(&sources, path), "{path}");
    }
}
