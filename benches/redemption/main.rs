//! Redeems many grants while the processes that do it are killed, and counts what was delivered.
//!
//! Four pollers each in two processes want the tokens of every grant, the token issuer fails in one of ten calls, and
//! every second one of the processes is killed and started again. Prints a table; fails if a grant had more than one
//! set of tokens delivered, or none without a kill that explains it.

use std::process::ExitCode;

mod arguments;
mod desk;
mod kind;
mod ledger;
mod line;
mod mariadb;
mod node;
mod postgres;
mod redis;
mod report;
mod sqlite;
mod stage;
mod supervisor;
mod worker;

#[path = "../../tests/sql/executor.rs"]
mod executor;

use self::arguments::Arguments;

fn main() -> ExitCode {
    match Arguments::parse() {
        Ok(Arguments::Run(run)) => supervisor::run(&run),
        Ok(Arguments::Work(work)) => {
            worker::work(&work);
            ExitCode::SUCCESS
        }
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
    }
}
