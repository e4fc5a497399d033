//! The breaks that turn the tests of recorded failures red: `breaks.jsonl`.

use std::collections::BTreeMap;

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

    pub(crate) fn insertion(&self, text: &Text, source: &str) -> Insertion {
        let mut places = source.match_indices(&text.before);
        let at = places
            .next()
            .unwrap_or_else(|| panic!("{text:?} is not there"))
            .0;
        assert!(places.next().is_none(), "{text:?} is there twice");
        let switch = format!("crate::mutant_switch::on({})", self.id());
        Insertion {
            mutant: self.id(),
            at,
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
