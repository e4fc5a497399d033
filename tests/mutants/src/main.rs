//! Tries every mutant that `cargo mutants` lists on one build of a copy of the crate, in which a switch turns one of
//! them on at run time.

mod accepted;
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
use crate::run::{Catches, Fate, Test, attempt, in_parallel, reached, try_all};

const USAGE: &str = "usage: mutants LIST.json,LIST.json... COPY WORKERS ARGUMENTS-OF-CARGO-TEST...: see docs/mutants.md";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [lists, root, workers, of_cargo @ ..] = arguments.as_slice() else {
        println!("{USAGE}");
        return;
    };
    let workers = workers.parse().expect(USAGE);
    let mutants: Vec<Mutant> = lists.split(',').flat_map(mutant::listed).collect();
    let (breaks, stale): (Vec<Break>, Vec<Break>) = breaks::breaks()
        .into_iter()
        .partition(|it| it.fits(Path::new(root)));
    for it in &stale {
        println!(
            "recorded failure {}: the code has no place for: {}",
            it.number, it.change
        );
    }
    let mut copy = Copy::new(PathBuf::from(root), &mutants, &breaks);
    let switched = copy.switched();
    println!(
        "{} mutants, {} with a switch",
        mutants.len(),
        switched.len()
    );
    let binaries = copy.build(&mutants, of_cargo);
    let tests = reached(&binaries, &copy.root, workers);
    let all_red = try_breaks(&breaks, &tests, &copy.root);
    let fates = all_fates(&mutants, &copy, &switched, &tests, workers);
    print_table(&mutants, &fates);
    let survived = fates
        .values()
        .any(|outcome| matches!(outcome, Outcome::Tried(Fate::Survived)));
    if survived || !all_red || !stale.is_empty() {
        println!(
            "a mutant or a break was not caught: it needs a test, or a reason in tests/mutants/accepted.tsv"
        );
        std::process::exit(1);
    }
}

/// The end of a mutant.
#[derive(Debug)]
enum Outcome {
    NoSwitch,
    DoesNotCompile,
    /// It changes nothing that a test could be about: `accepted.tsv`.
    Accepted,
    Tried(Fate),
}

/// Says which recorded failure's test each break turns red. Returns whether all did.
fn try_breaks(breaks: &[Break], tests: &BTreeMap<usize, Vec<Test>>, root: &Path) -> bool {
    let mut all_red = true;
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
        all_red &= matches!(fate, Fate::Caught(_));
        println!("recorded failure {}: {}: {fate:?}", it.number, it.change);
    }
    all_red
}

/// The outcome of each mutant. Those that an earlier run caught are in `caught.tsv`, and not tried again.
fn all_fates(
    mutants: &[Mutant],
    copy: &Copy,
    switched: &BTreeSet<usize>,
    tests: &BTreeMap<usize, Vec<Test>>,
    workers: usize,
) -> BTreeMap<usize, Outcome> {
    let path = copy.root.join("target/caught.tsv");
    let caught = fs::read_to_string(&path).unwrap_or_default();
    let caught: BTreeMap<&str, &str> = caught
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let accepted = accepted::names();
    let names = mutant::names(mutants);
    let compiled = copy.switched();
    let journal = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .expect("a journal");
    let catches = Catches::default();
    let outcomes = Mutex::new(BTreeMap::new());
    in_parallel(mutants.len(), workers, |id| {
        let mutant = &mutants[id];
        let outcome = if !switched.contains(&id) {
            println!("no switch: {}", mutant.name);
            Outcome::NoSwitch
        } else if !compiled.contains(&id) {
            Outcome::DoesNotCompile
        } else if accepted.contains(&names[id]) {
            Outcome::Accepted
        } else if let Some(test) = caught.get(mutant.name.as_str()) {
            Outcome::Tried(Fate::from_journal(test))
        } else {
            let tests = tests.get(&id).map_or(&[][..], Vec::as_slice);
            let fate = try_all(id, &mutant.file, tests, &catches, &copy.root);
            match fate.in_journal() {
                Some(text) => writeln!(&journal, "{}\t{text}", mutant.name).expect("a journal"),
                None => println!("survived {} tests: {}", tests.len(), mutant.name),
            }
            Outcome::Tried(fate)
        };
        outcomes.lock().expect("no panic").insert(id, outcome);
    });
    outcomes.into_inner().expect("no panic")
}

/// The numbers for each folder.
fn print_table(mutants: &[Mutant], outcomes: &BTreeMap<usize, Outcome>) {
    println!(
        "| folder | mutants | do not compile | no switch | caught | timed out | accepted | survived |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let folder = |mutant: &Mutant| mutant.file.split('/').take(2).collect::<Vec<_>>().join("/");
    let folders: BTreeSet<String> = mutants.iter().map(folder).collect();
    for name in folders {
        let its = outcomes
            .iter()
            .filter(|(id, _)| folder(&mutants[**id]) == name);
        let its: Vec<&Outcome> = its.map(|(_, outcome)| outcome).collect();
        let count = |wanted: fn(&Outcome) -> bool| its.iter().filter(|it| wanted(it)).count();
        println!(
            "| `{name}` | {} | {} | {} | {} | {} | {} | {} |",
            its.len(),
            count(|it| matches!(it, Outcome::DoesNotCompile)),
            count(|it| matches!(it, Outcome::NoSwitch)),
            count(|it| matches!(it, Outcome::Tried(Fate::Caught(_)))),
            count(|it| matches!(it, Outcome::Tried(Fate::TimedOut))),
            count(|it| matches!(it, Outcome::Accepted)),
            count(|it| matches!(it, Outcome::Tried(Fate::Survived))),
        );
    }
}
