//! The mutants that no test has to catch, each with its reason: `accepted.tsv`.

use std::collections::BTreeSet;

/// Their names, without line and column.
pub(crate) fn names() -> BTreeSet<String> {
    let lines = include_str!("../accepted.tsv").lines();
    let rows = lines.filter(|line| !line.starts_with('#'));
    let name = |row: &str| {
        let (name, reason) = row.split_once('\t').expect("a mutant and a reason");
        assert!(!reason.trim().is_empty(), "a reason for {name}");
        name.to_owned()
    };
    rows.map(name).collect()
}
