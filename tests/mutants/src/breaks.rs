//! The breaks that turn the tests of recorded failures red: `breaks.jsonl`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::sites::{Insertion, Side};

/// Numbers of mutants begin at 0, those of breaks here.
const FIRST: usize = 10_000;

#[derive(Debug, Deserialize)]
pub(crate) struct Break {
    /// The number of the recorded failure in `tests/lessons/recorded.tsv`.
    pub(crate) number: usize,
    pub(crate) change: String,
    pub(crate) insertions: Vec<Text>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Text {
    pub(crate) file: String,
    /// The place: a text that the file has once.
    before: String,
    /// `ON` stands for the switch.
    text: String,
}

impl Break {
    pub(crate) fn id(&self) -> usize {
        FIRST + self.number
    }

    /// Returns whether each place is in its file once: the code may have changed since the break was written.
    pub(crate) fn fits(&self, root: &Path) -> bool {
        self.insertions.iter().all(|text| {
            let source = fs::read_to_string(root.join(&text.file)).unwrap_or_default();
            source.matches(&text.before).count() == 1
        })
    }

    pub(crate) fn insertion(&self, text: &Text, source: &str) -> Insertion {
        let switch = format!("crate::mutant_switch::on({})", self.id());
        Insertion {
            mutant: self.id(),
            at: source.find(&text.before).expect("a break that fits"),
            order: (Side::Opening, i64::MIN, 0),
            text: text.text.replace("ON", &switch),
        }
    }
}

pub(crate) fn breaks() -> Vec<Break> {
    let lines = include_str!("../breaks.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a break"))
        .collect()
}

/// The test of each recorded failure, as `name_of_the_function`.
pub(crate) fn tests() -> BTreeMap<usize, String> {
    let table = include_str!("../../lessons/recorded.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let test = |line: &str| {
        let mut fields = line.split('\t');
        let number = fields.next()?.parse().ok()?;
        let (_, name) = fields.nth(2)?.split_once("::")?;
        Some((number, name.to_owned()))
    };
    table.filter_map(test).collect()
}
