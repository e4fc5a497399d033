//! An authorization server with the device authorization grant.
//!
//! `cargo server --help` says how to run it.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program speaks to its terminal"
)]

#[path = "../host/mod.rs"]
mod host;
#[path = "../host/stopping.rs"]
mod stopping;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use host::server::{Server, Settings};

const HELP: &str = "\
An authorization server with the device authorization grant (RFC 8628).

Usage: cargo server [OPTIONS]

  --listen ADDR       where to listen [default: 127.0.0.1:8628; port 0 picks a free one]
  --store STORE       where grants live [default: memory]: memory, sqlite:PATH, postgres://...,
                      mysql://... (MariaDB), redis://..., redis-cluster://... or
                      redis-sentinel://HOST:PORT,.../NAME; all but memory need their feature:
                      cargo run --example server --features
                      dpop,page,tower,sqlite-sqlx-09,postgres-sqlx-09,mariadb-sqlx-09,redis-1 --
  --lifetime SECS     how long codes live [default: 600]
  --interval SECS     how long devices wait between polls [default: 5]
  --public-url URL    what the server is called from outside, behind a TLS front: https, or http on
                      a loopback host; it may have a path, which the front keeps or strips
                      [default: http://ADDR]
  --users N           adds the users user1 to userN [default: 0]
  --metrics ADDR      serves what happened at http://ADDR/metrics, for Prometheus [default: nowhere]
  --admin PATH        listens to operators at this Unix domain socket, which its owner alone may use:
                      curl --unix-socket PATH -X POST http://./suspend [default: nowhere]
  --threads N         how many threads serve [default: one per core]
  --help              this text

With a store that outlives the process, DEVICE_GRANT_CODE_KEY holds the key of the user codes: 32
random bytes in base64, the same for all processes that share the store. PostgreSQL, MariaDB and
Redis are not used without it. To replace it, give it the new key as well, behind a space, and take
the old one away when no process warns of it any more.

Clients: tv and cli (public), cli-strict (public, has to send a confirmation code), box (secret:
box-secret), web (without this grant).
Users: alice, bob and those of --users; the password is the name.
A device begins with: curl -d client_id=tv -d scope=openid http://ADDR/device_authorization
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// The error and what caused it: what to do is often said by the last of them.
fn causes(error: &dyn Error) -> String {
    let said = error.to_string();
    match error.source().map(causes) {
        // Some repeat what caused them.
        Some(cause) if !said.ends_with(&cause) => format!("{said}: {cause}"),
        Some(_) | None => said,
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(Arguments { settings, threads }) = arguments()? else {
        print!("{HELP}");
        return Ok(());
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        runtime.worker_threads(threads);
    }
    runtime.enable_all().build()?.block_on(async {
        let server = Server::bind(&settings).await?;
        println!("listening on http://{}", server.address);
        server.run(stopping::told_to_stop()).await;
        Ok(())
    })
}

struct Arguments {
    settings: Settings,
    threads: Option<usize>,
}

/// None when help was asked for.
fn arguments() -> Result<Option<Arguments>, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 8628)),
        public_url: None,
        store: "memory".to_owned(),
        lifetime: Duration::from_secs(600),
        interval: Duration::from_secs(5),
        users: 0,
        metrics: None,
        admin: None,
    };
    let mut threads = None;
    // The alias ends with `--` already; out of habit many write another.
    let given = std::env::args_os().skip(1);
    let mut parser = lexopt::Parser::from_args(given.skip_while(|argument| argument == "--"));
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => settings.listen = parser.value()?.parse()?,
            Long("store") => settings.store = parser.value()?.string()?,
            Long("lifetime") => settings.lifetime = Duration::from_secs(parser.value()?.parse()?),
            Long("interval") => settings.interval = Duration::from_secs(parser.value()?.parse()?),
            Long("public-url") => settings.public_url = Some(parser.value()?.string()?),
            Long("users") => settings.users = parser.value()?.parse()?,
            Long("metrics") => settings.metrics = Some(parser.value()?.parse()?),
            Long("admin") => settings.admin = Some(parser.value()?.into()),
            Long("threads") => match parser.value()?.parse()? {
                // `tokio` panics at 0.
                0 => return Err("--threads has to be at least 1".into()),
                number => threads = Some(number),
            },
            Long("help") | Short('h') => return Ok(None),
            argument @ (Short(_) | Long(_) | Value(_)) => {
                return Err(format!("{}; see --help", argument.unexpected()).into());
            }
        }
    }
    Ok(Some(Arguments { settings, threads }))
}
