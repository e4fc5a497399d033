//! Plays devices and people at a running authorization server, well-behaved ones and others, and reports which rules of
//! the device authorization grant it keeps.
//!
//! ```text
//! cargo run -p conformance -- --issuer http://127.0.0.1:8628 --client tv --other-client cli \
//!     --decide examples/conformance/decide-by-forms
//! ```

mod arguments;
mod checks;
mod report;
mod server;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{fs, thread};

use arguments::Arguments;
use checks::{CHECKS, Check};
use report::{Line, Report, Verdict};
use server::Server;

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{}", arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether the server kept every rule that was checked.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let server = Server::find(arguments)?;
    let began = Instant::now();
    let lines = all(&server, arguments.jobs);
    let report = Report {
        server: server.token_endpoint.clone(),
        lines,
        took: began.elapsed(),
    };
    print!("{report}");
    for (file, text) in [
        (&arguments.json, report.json()),
        (&arguments.junit, report.junit()),
    ] {
        if let Some(file) = file {
            fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(report.failed() == 0)
}

/// Runs all checks, `jobs` at a time: most of them wait for an interval.
fn all(server: &Server, jobs: usize) -> Vec<Line> {
    let next = AtomicUsize::new(0);
    let lines = Mutex::new(Vec::new());
    thread::scope(|threads| {
        for _ in 0..jobs {
            threads.spawn(|| {
                while let Some(check) = CHECKS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let line = one(server, check);
                    eprintln!("{:<8}{}", line.verdict.word(), check.name);
                    if let Ok(mut lines) = lines.lock() {
                        lines.push(line);
                    }
                }
            });
        }
    });
    let mut lines = lines.into_inner().unwrap_or_default();
    lines.sort_by_key(|line| {
        CHECKS
            .iter()
            .position(|check| check.name == line.check.name)
    });
    lines
}

fn one(server: &Server, check: &'static Check) -> Line {
    let began = Instant::now();
    let verdict = (check.run)(server).map_or_else(Into::into, |()| Verdict::Passed);
    Line {
        check,
        verdict,
        took: began.elapsed(),
    }
}
