//! Compares the times that two classes of input take, in the way of `dudect`: the classes are interleaved at random, the
//! slowest samples are cropped at several percentiles, and Welch's t test says whether the distributions differ.
//!
//! ```sh
//! cargo run --locked --release -p timing
//! ```
//!
//! The exit status is 1 if two classes differ that must not, or if the control, whose comparison returns at the first wrong
//! byte, does not differ.

#[path = "../../../benches/scale/src/ready.rs"]
mod ready;
mod sampling;
mod subjects;
mod welch;

use std::process::ExitCode;

use lexopt::prelude::{Long, ValueExt};
use subjects::{SUBJECTS, Subject};
use welch::largest_t;

const USAGE: &str = "usage: timing [--samples N]
  --samples N   measurements of each comparison, both classes together [default: 200000]";

/// Above it the classes differ, as `dudect` has it. From 4.5 on it would look again.
const DIFFERENT: f64 = 10.0;

/// A difference of the classes shows in each run; other events on the machine do not.
const RUNS: usize = 3;

fn main() -> ExitCode {
    let samples = match samples() {
        Ok(samples) => samples,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    println!("| comparison | classes | samples | medians (ns) | smallest \\|t\\| of {RUNS} |");
    println!("|---|---|---:|---:|---:|");
    let mut as_expected = true;
    for subject in SUBJECTS {
        as_expected &= is_as_expected(subject, samples);
    }
    if as_expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn samples() -> Result<usize, String> {
    let mut parser = lexopt::Parser::from_env();
    let mut samples = 200_000;
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        if argument != Long("samples") {
            return Err(argument.unexpected().to_string());
        }
        let value = parser.value().map_err(|error| error.to_string())?;
        samples = value.parse().map_err(|error| error.to_string())?;
    }
    Ok(samples)
}

fn is_as_expected(subject: &Subject, samples: usize) -> bool {
    let runs: Vec<_> = (0..RUNS)
        .map(|run| (subject.measure)(samples, run))
        .collect();
    let smallest = runs
        .iter()
        .map(|times| largest_t(&times.first, &times.second))
        .fold(f64::INFINITY, f64::min);
    let last = &runs[RUNS - 1];
    let differs = smallest > DIFFERENT;
    let as_expected = subject.must_differ.is_none_or(|must| must == differs);
    println!(
        "| {} | {} / {} | {samples} | {} / {} | {smallest:.1}{} |",
        subject.name,
        subject.classes[0],
        subject.classes[1],
        welch::median(&last.first),
        welch::median(&last.second),
        if as_expected { "" } else { " (!)" }
    );
    as_expected
}
