//! The load of a fleet of devices on a server, simulated with the crate's own parts.
//!
//! `cargo fleet --help` says how to run it.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program speaks to its terminal"
)]

mod agenda;
mod costs;
mod device;
mod dice;
#[cfg(test)]
mod documents;
mod figures;
mod plan;
mod plot;
#[path = "../guessing/random.rs"]
mod random;
mod report;
mod scaled;
mod server;
mod simulation;
mod tally;
#[cfg(test)]
mod tests;
mod time;

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use costs::Costs;
use figures::Figures;
use plan::{Codes, Plan};
use tally::Counts;

const HELP: &str = "\
Simulates a day of a fleet: arrivals, polls and approvals at the crate's service, on a simulated clock.

Usage: cargo fleet [OPTIONS]

  --devices N     how many devices sign in on this day [default: 100000]
  --one-in N      simulate one device in N, and let it stand for all of them [default: 1]
  --seed N        for other arrivals and other people [default: 1]
  --format NAME   base20 or crockford [default: base20]
  --longest N     the longest user code, in characters [default: 12]
  --load-test     the 1,000 devices of tests/operations/fleet.rs instead of a day
  --json          one JSON object for each run, instead of a table
  --plot FILE     write a drawing of the day, as SVG
  --help          this text

Each fleet is simulated twice: without and with `Prefer: wait`. A million devices take some minutes.
`cargo fleet` is `cargo run --release --example fleet --features poller --`.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = Arguments::parse()? else {
        print!("{HELP}");
        return Ok(());
    };
    let costs = Costs::read()?;
    let runs = both(&arguments)?;
    if arguments.is_json {
        for (figures, _) in &runs {
            println!("{}", serde_json::to_string(figures)?);
        }
    }
    let figures: Vec<Figures> = runs.iter().map(|(figures, _)| figures.clone()).collect();
    if !arguments.is_json {
        print!("{}", report::table(&figures, &costs));
    }
    if let (Some(file), [(_, plain), (_, waiting)]) = (&arguments.plot, &*runs) {
        std::fs::write(file, plot::draw(&arguments.plan(false), plain, waiting))?;
    }
    Ok(())
}

/// Simulates a fleet without and with `Prefer: wait`, at the same time.
fn both(arguments: &Arguments) -> Result<Vec<(Figures, Counts)>, Box<dyn Error>> {
    let run = |waits: bool| {
        let plan = arguments.plan(waits);
        let counts = simulation::simulate(&plan, |hour| tick(hour, waits));
        // An error of a thread has to be able to leave it.
        let counts = counts.map_err(|error| error.to_string())?;
        Ok((Figures::new(&plan, &counts), counts))
    };
    let (plain, waiting) = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| run(true));
        (run(false), waiting.join())
    });
    let waiting = waiting.map_err(|_| "the simulation has panicked")?;
    let runs: Result<Vec<_>, String> = [plain, waiting].into_iter().collect();
    Ok(runs?)
}

/// Says how far the day has come, on a terminal.
fn tick(hour: u64, waits: bool) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let prefer = if waits { "with" } else { "without" };
        let _ = write!(terminal, "\r\x1b[K{prefer} Prefer: wait, {hour:>2}:00\r");
    }
}

struct Arguments {
    devices: u64,
    one_in: u32,
    seed: u64,
    codes: Codes,
    is_load_test: bool,
    is_json: bool,
    plot: Option<PathBuf>,
}

impl Arguments {
    /// `None`: help is wanted.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut arguments = Self {
            devices: 100_000,
            one_in: 1,
            seed: 1,
            codes: Codes::DEFAULT,
            is_load_test: false,
            is_json: false,
            plot: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("devices") => arguments.devices = parser.value()?.parse()?,
                Long("one-in") => arguments.one_in = parser.value()?.parse()?,
                Long("seed") => arguments.seed = parser.value()?.parse()?,
                Long("format") => {
                    let name = parser.value()?.string()?;
                    arguments.codes.is_crockford = match &*name {
                        "base20" => false,
                        "crockford" => true,
                        _ => return Err("the formats are base20 and crockford".into()),
                    };
                }
                Long("longest") => arguments.codes.longest = parser.value()?.parse()?,
                Long("load-test") => arguments.is_load_test = true,
                Long("json") => arguments.is_json = true,
                Long("plot") => arguments.plot = Some(parser.value()?.into()),
                Long("help") | Short('h') => return Ok(None),
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        let one_in = u64::from(arguments.one_in);
        if one_in == 0 || arguments.devices / one_in == 0 {
            return Err("nothing can be simulated with none".into());
        }
        Ok(Some(arguments))
    }

    fn plan(&self, waits: bool) -> Plan {
        let plan = if self.is_load_test {
            Plan::load_test(waits)
        } else {
            Plan::day(self.devices, self.one_in, waits)
        };
        Plan {
            seed: self.seed,
            codes: self.codes,
            ..plan
        }
    }
}
