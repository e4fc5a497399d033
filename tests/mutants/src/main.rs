//! Tries every mutant that `cargo mutants` lists on one build of a copy of the crate, in which a switch turns one of
//! them on at run time.

mod breaks;
mod copy;
mod mutant;
mod run;
mod sites;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::breaks::Break;
use crate::copy::Copy;
use crate::mutant::Mutant;
use crate::run::{Fate, Test, attempt, in_parallel, reached};

const USAGE: &str =
    "usage: mutants LIST.json COPY WORKERS ARGUMENTS-OF-CARGO-TEST...: see docs/mutants.md";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, root, workers, of_cargo @ ..] = arguments.as_slice() else {
        println!("{USAGE}");
        return;
    };
    let workers = workers.parse().expect(USAGE);
    let list = fs::read(list).expect("the list that `cargo mutants --list --json` writes");
    let mutants: Vec<Mutant> = serde_json::from_slice(&list).expect("a list of mutants");
    let breaks = breaks::breaks();
    let mut copy = Copy::new(PathBuf::from(root), &mutants, &breaks);
    println!(
        "{} mutants, {} with a switch",
        mutants.len(),
        copy.switched().len()
    );
    let binaries = copy.build(&mutants, of_cargo);
    let tests = reached(&binaries, &copy.root, workers);
    try_breaks(&breaks, &tests, &copy.root);
    let fates = all_fates(&mutants, &copy, &tests, workers);
    print_table(&mutants, &fates);
}

/// Says which recorded failure's test each break turns red.
fn try_breaks(breaks: &[Break], tests: &BTreeMap<usize, Vec<Test>>, root: &Path) {
    let names = breaks::tests();
    for it in breaks {
        let name = &names[&it.number];
        let reached = tests.get(&it.id()).map_or(&[][..], Vec::as_slice);
        let of_it: Vec<Test> = reached
            .iter()
            .filter(|test| test.name.ends_with(name))
            .cloned()
            .collect();
        let fate = attempt(it.id(), &of_it, root);
        println!("recorded failure {}: {}: {fate:?}", it.number, it.change);
    }
}

/// The outcome of each mutant. Those that an earlier run caught are in `caught.tsv`, and not tried again.
fn all_fates(
    mutants: &[Mutant],
    copy: &Copy,
    tests: &BTreeMap<usize, Vec<Test>>,
    workers: usize,
) -> BTreeMap<usize, Option<Fate>> {
    let path = copy.root.join("target/caught.tsv");
    let done: BTreeMap<String, String> = fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, test)| (name.to_owned(), test.to_owned()))
        .collect();
    let switched = copy.switched();
    let journal = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .expect("a journal");
    let fates = Mutex::new(BTreeMap::new());
    in_parallel(mutants.len(), workers, |id| {
        let name = &mutants[id].name;
        let fate = if !switched.contains(&id) {
            None
        } else if let Some(test) = done.get(name) {
            Some(if test == "timed out" {
                Fate::TimedOut
            } else {
                Fate::Caught(test.clone())
            })
        } else {
            Some(attempt(
                id,
                tests.get(&id).map_or(&[], Vec::as_slice),
                &copy.root,
            ))
        };
        match &fate {
            Some(Fate::Survived(count)) => println!("survived {count} tests: {name}"),
            Some(Fate::Caught(test)) => writeln!(&journal, "{name}\t{test}").expect("a journal"),
            Some(Fate::TimedOut) => writeln!(&journal, "{name}\ttimed out").expect("a journal"),
            None => println!("no switch: {name}"),
        }
        fates.lock().expect("no panic").insert(id, fate);
    });
    fates.into_inner().expect("no panic")
}

/// The numbers for each folder.
fn print_table(mutants: &[Mutant], fates: &BTreeMap<usize, Option<Fate>>) {
    println!("| folder | mutants | caught | timed out | no switch | survived |");
    println!("|---|---:|---:|---:|---:|---:|");
    let folder = |mutant: &Mutant| mutant.file.split('/').take(2).collect::<Vec<_>>().join("/");
    let folders: BTreeSet<String> = mutants.iter().map(folder).collect();
    for name in folders {
        let count = |wanted: fn(&Option<Fate>) -> bool| {
            let its = fates
                .iter()
                .filter(|(id, _)| folder(&mutants[**id]) == name);
            its.filter(|(_, fate)| wanted(fate)).count()
        };
        println!(
            "| `{name}` | {} | {} | {} | {} | {} |",
            count(|_| true),
            count(|fate| matches!(fate, Some(Fate::Caught(_)))),
            count(|fate| matches!(fate, Some(Fate::TimedOut))),
            count(Option::is_none),
            count(|fate| matches!(fate, Some(Fate::Survived(_)))),
        );
    }
}
