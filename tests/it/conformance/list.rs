//! The clauses as values, and whether the lists are complete.

use crate::repository;

/// Makes `CLAUSES` of a list: the names, and functions that test one. Some move the clock of what they test.
macro_rules! clauses {
    ([clocked $port:ty] $($kind:ident::$module:ident { $($how:ident $clause:ident)+ })+) => {
        const CLAUSES: &[(&str, fn(&$port, &device_grant::testing::ManualClock))] = &[
            $($((
                stringify!($clause),
                |made, clock| crate::conformance::list::run!($how, device_grant::testing::conformance::$kind::$module::$clause, made, clock),
            ),)+)+
        ];
    };
    ([$port:ty] $($kind:ident::$module:ident { $($how:ident $clause:ident)+ })+) => {
        const CLAUSES: &[(&str, fn(&$port))] = &[
            $($((
                stringify!($clause),
                |made| crate::conformance::list::run!($how, device_grant::testing::conformance::$kind::$module::$clause, made),
            ),)+)+
        ];
    };
}

macro_rules! run {
    (alone, $clause:path, $($made:expr),+) => {
        block_on($clause($($made),+))
    };
    (racing, $clause:path, $($made:expr),+) => {
        $clause($($made),+, &Racers::default())
    };
}

pub(super) use {clauses, run};

/// A clause that is in no list is never tested.
#[test]
fn every_clause_that_there_is_becomes_a_test() {
    let sources = repository::files_below("src/testing/conformance");
    let list = repository::file("src/testing/conformance/macros.rs").text;
    let mut count = 0;
    for line in sources.iter().flat_map(|file| file.text.lines()) {
        let Some((_, name)) = line.split_once("fn clause_") else {
            continue;
        };
        let (name, _) = name.split_once('(').unwrap();
        // Only the host can make two limiters that share.
        let by_hand = name == "04_two_nodes_share_what_a_key_has";
        assert!(
            by_hand || list.contains(&format!(" clause_{name}\n")),
            "clause_{name}"
        );
        count += 1;
    }
    assert!(count > 80, "only {count} are found");
}
