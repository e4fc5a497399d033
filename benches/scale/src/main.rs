//! `cargo bench --bench scale -- N` measures authorizations, polls, approvals and redemptions beside `N` pending grants in a
//! `MemoryStore`, and the bytes of each grant. It prints one JSON object a line on stdout, and its progress on stderr.

mod allocator;
mod arguments;
mod figure;
mod hands;
mod ready;
mod round;
mod server;
mod threads;

use std::process::ExitCode;

use crate::allocator::Counting;
use crate::arguments::Arguments;
use crate::figure::{Figure, Op};
use crate::round::Round;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// So many grants are issued for each figure: in many rounds if few are pending.
const GRANTS: usize = 200_000;
const MOST_ROUNDS: usize = 200;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    for &threads in &arguments.threads {
        for figure in figures(&arguments, threads) {
            if arguments.ops.contains(&figure.op) {
                println!("{figure}");
            }
        }
    }
    ExitCode::SUCCESS
}

/// The median of each figure over all rounds.
fn figures(arguments: &Arguments, threads: usize) -> Vec<Figure> {
    let pending = arguments.pending;
    let rounds = match arguments.is_measured {
        true => (GRANTS / pending).clamp(1, MOST_ROUNDS),
        false => 1,
    };
    let mut measured: Vec<Round> = Vec::with_capacity(rounds);
    for number in 1..=rounds {
        if number == 1 || number == rounds {
            eprintln!("{pending} pending, {threads} threads: round {number} of {rounds}");
        }
        measured.push(Round::run(pending, threads));
    }
    // A thread's allocations are counted for itself.
    let is_shown = |op: &Op| threads == 1 || *op != Op::BytesPerPending;
    let figure = |op: Op| Figure {
        op,
        pending,
        threads,
        value: median(measured.iter().map(|round| round.value(op)).collect()),
    };
    Op::ALL.into_iter().filter(is_shown).map(figure).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
