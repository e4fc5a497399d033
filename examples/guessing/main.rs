//! Simulates the guessing of user codes with the crate's own parts, and compares the hits with the arithmetic.
//!
//! `cargo guessing --help` says how to run it.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program speaks to its terminal"
)]

mod attack;
mod flood;
mod generous;
mod plan;
mod poisson;
mod progress;
mod random;
mod report;
mod server;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::process::ExitCode;

use attack::Crowd;
use plan::Plan;
use progress::Progress;
use report::{Report, Row};

const HELP: &str = "\
Guesses user codes of a server that holds the crate's limits, and counts the hits.

Usage: cargo guessing [OPTIONS]

  --accounts N    how many accounts guess [default: 2000]
  --networks N    on how many networks they are: IPv4 addresses and IPv6 /48s in turn [default: 500]
  --rate N        how many codes they try in a second, all together [default: 10]
  --hours N       how long a sound server is attacked [default: 24; 1 without --release]
  --flood N       how many minutes people try to sign in amid a flood [default: 10]
  --seed N        for other codes and other guesses [default: 1]
  --help          this text

Each line is a server with one format of user codes, so many of them live at any time. Expected are the hits that
chance gives to the guesses that the limiter let through; the bound is what the builder works out from the limits
alone, whoever guesses. The last line is a server whose limiter lets a hundred times too much through.

`cargo guessing` is `cargo run --release --example guessing --`. It ends with an error if a count is where chance
seldom puts it, or an expectation beyond its bound.
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let Some(arguments) = Arguments::parse()? else {
        print!("{HELP}");
        return Ok(true);
    };
    if cfg!(debug_assertions) {
        eprintln!("a debug build takes its time: `cargo guessing` simulates a whole day");
    }
    let plans = Plan::all(arguments.hours.saturating_mul(60))?;
    println!("{}", arguments.crowd);
    let rows = simulate(&plans, arguments)?;
    let report = Report(rows);
    print!("{report}");
    println!("\n{}", flood::HEAD);
    for row in flood::rows(arguments.flood)? {
        println!("{row}");
    }
    Ok(report.is_as_expected())
}

/// Simulates the plans, as many at once as there are processors.
fn simulate(plans: &[Plan], arguments: Arguments) -> Result<Vec<Row>, Box<dyn Error>> {
    let progress = Progress::new(plans.iter().map(Plan::seconds).sum());
    let rows = progress.work(plans.len(), |index, progress| {
        let plan = plans.get(index).ok_or("there is no such plan")?;
        let seed = arguments.seed.wrapping_add(u64::try_from(index)?);
        let count = attack::simulate(plan, &arguments.crowd, seed, || progress.tick())
            .map_err(|error| error.to_string())?;
        Ok(Row::new(plan, count))
    });
    rows.map_err(Into::into)
}

#[derive(Clone, Copy)]
struct Arguments {
    crowd: Crowd,
    hours: u32,
    flood: u32,
    seed: u64,
}

impl Arguments {
    /// `None`: help is wanted.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut arguments = Self {
            crowd: Crowd::default(),
            hours: if cfg!(debug_assertions) { 1 } else { 24 },
            flood: 10,
            seed: 1,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("accounts") => arguments.crowd.accounts = at_least_one(&mut parser)?,
                Long("networks") => arguments.crowd.networks = at_least_one(&mut parser)?,
                Long("rate") => arguments.crowd.rate = at_least_one(&mut parser)?,
                Long("hours") => arguments.hours = at_least_one(&mut parser)?,
                Long("flood") => arguments.flood = at_least_one(&mut parser)?,
                Long("seed") => arguments.seed = parser.value()?.parse()?,
                Long("help") | Short('h') => return Ok(None),
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}

fn at_least_one(parser: &mut lexopt::Parser) -> Result<u32, lexopt::Error> {
    use lexopt::prelude::*;

    let number: u32 = parser.value()?.parse()?;
    if number == 0 {
        return Err("nothing can be simulated with none".into());
    }
    Ok(number)
}
