//! The whole flow in one terminal: a server, a device that signs in, and a person who approves.
//!
//! `cargo demo --help` says how to run it.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program speaks to its terminal"
)]

#[path = "../host/mod.rs"]
mod host;

mod device;
mod letters;
mod person;
mod screen;
mod web;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use device::{Device, Ending};
use host::server::{Server, Settings};
use screen::Screen;

const HELP: &str = "\
A device signs in, in this terminal: a server, the device, and the person who approves.

Usage: cargo demo [OPTIONS]

  --auto           plays the person too, and ends after a few seconds
  --strict         the device has to send the confirmation code that the page shows
  --listen ADDR    where the server listens [default: 127.0.0.1:0, any free port]
  --help           this text

NO_COLOR turns colours off. Without a terminal the output is plain lines. Ctrl-C cancels.
";

/// The exit status if the device did not get its tokens.
const NO_TOKENS: u8 = 2;
/// The exit status that a shell expects after Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    match run() {
        Ok(Ending::Tokens) => ExitCode::SUCCESS,
        Ok(Ending::Cancelled) => ExitCode::from(INTERRUPTED),
        Ok(Ending::Without) => ExitCode::from(NO_TOKENS),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Ending, Box<dyn Error>> {
    let Some(Arguments {
        listen,
        is_auto,
        client_id,
    }) = arguments()?
    else {
        print!("{HELP}");
        return Ok(Ending::Tokens);
    };
    let settings = Settings {
        listen,
        public_url: None,
        store: "memory".to_owned(),
        lifetime: Duration::from_secs(300),
        interval: Duration::from_secs(2),
        users: 0,
        metrics: None,
        admin: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let server = runtime.block_on(Server::bind(&settings))?;
    let url = format!("http://{}", server.address);
    runtime.spawn(server.run(std::future::pending()));
    let interrupted = Arc::new(AtomicBool::new(false));
    let noticed = Arc::clone(&interrupted);
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            noticed.store(true, Ordering::Relaxed);
        }
    });

    let mut screen = Screen::of_this_terminal();
    let mut device = Device::start(&url, client_id, &mut screen)?;
    let person = is_auto.then(|| {
        let keyboard = device.keyboard();
        let person = person::Person::new(&url, device.user_code(), keyboard);
        thread::spawn(move || person.approve())
    });
    let ending = device.poll(&mut screen, &interrupted)?;
    if let (Ending::Tokens, Some(person)) = (&ending, person) {
        // The device has its tokens before the person sees the next page.
        _ = person.join();
    }
    Ok(ending)
}

struct Arguments {
    listen: SocketAddr,
    /// True to play the person as well.
    is_auto: bool,
    /// The client of the server's that the device is.
    client_id: &'static str,
}

/// The arguments; none when help was asked for.
fn arguments() -> Result<Option<Arguments>, Box<dyn Error>> {
    use lexopt::prelude::*;

    let (mut listen, mut is_auto) = (SocketAddr::from(([127, 0, 0, 1], 0)), false);
    let mut client_id = "cli";
    // The alias ends with `--` already; out of habit many write another.
    let given = std::env::args_os().skip(1);
    let mut parser = lexopt::Parser::from_args(given.skip_while(|argument| argument == "--"));
    while let Some(argument) = parser.next()? {
        match argument {
            Long("auto") => is_auto = true,
            Long("strict") => client_id = "cli-strict",
            Long("listen") => listen = parser.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            argument @ (Short(_) | Long(_) | Value(_)) => {
                return Err(format!("{}; see --help", argument.unexpected()).into());
            }
        }
    }
    Ok(Some(Arguments {
        listen,
        is_auto,
        client_id,
    }))
}
