//! The stores on SQL databases: polls a second beside a bare client that executes the same statement, bytes per
//! grant, and what a poll costs among many grants. Starts a PostgreSQL of its own. Prints a table. With the argument
//! `postgres` or `sqlite` it leaves the other one out, and with `bytes` it counts only the bytes.
//!
//! The machine may be busy with other things. So what is compared is measured in turns, and what counts is the ratio
//! within each round.

use std::time::Duration;

mod grants;
mod polls;
mod postgres;
mod series;
mod sqlite;
mod statement;

#[path = "../../../tests/sql/executor.rs"]
mod executor;

/// The number of measurements, and the time of each.
const ROUNDS: u32 = 9;
const TIME: Duration = Duration::from_secs(2);

/// The numbers of grants: few, and many.
const SIZES: [i32; 2] = [1_000, 1_000_000];

/// The number of grants whose bytes are counted.
const COUNTED: u64 = 200_000;

/// The number of connections, and of calls at a time on them.
const CONNECTIONS: u32 = 16;
const CALLS: usize = 64;

fn main() {
    let words = std::env::args().skip(1);
    let words: Vec<String> = words.filter(|word| !word.starts_with("--")).collect();
    let has = |word: &str| words.iter().any(|given| given == word);
    let (postgres, sqlite) = (has("postgres"), has("sqlite"));
    let polls = !has("bytes");
    series::heading();
    if postgres || !sqlite {
        postgres::measure(polls);
    }
    if sqlite || !postgres {
        sqlite::measure(polls);
    }
}
