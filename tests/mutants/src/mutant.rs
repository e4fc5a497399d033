//! A mutant as `cargo mutants --list --json` describes it.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) span: Span,
    pub(crate) replacement: String,
    pub(crate) genre: Genre,
}

/// The mutants of a file that `cargo mutants --list --json` has written.
pub(crate) fn listed(path: &str) -> Vec<Mutant> {
    let list = fs::read(path).expect("a list of mutants");
    serde_json::from_slice(&list).expect("a list of mutants")
}

/// The names of mutants without line and column, which other changes of the file move. Those that are alike are counted.
pub(crate) fn names(mutants: &[Mutant]) -> Vec<String> {
    let mut alike = BTreeMap::<String, usize>::new();
    let name = |mutant: &Mutant| {
        let change = mutant.name.splitn(4, ':').nth(3).unwrap_or_default();
        let name = format!("{}:{change}", mutant.file);
        let number = alike.entry(name.clone()).or_default();
        *number += 1;
        format!("{name} #{number}")
    };
    mutants.iter().map(name).collect()
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
}

/// Counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}
