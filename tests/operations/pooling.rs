//! The example server behind a real PgBouncer.

use std::process::Command;
use std::time::Duration;

use test_servers::{PgBouncer, Postgres};
use tokio::time::Instant;

use super::devices::Devices;
use super::node::{Node, free_address};

/// `sqlx` sends it, and PgBouncer refuses what it does not know.
const IGNORED: &str = "ignore_startup_parameters = extra_float_digits";

fn start(pooler: &PgBouncer) -> Result<Node, String> {
    let address = free_address();
    let url = format!("http://{address}");
    Node::try_with(address, &pooler.url(), &url, |_| {})
}

/// Polls without a fault, on more clients than the pooler has connections.
fn serves(node: &Node) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let devices = Devices::start(node.address, 100).await;
        for _ in 0..5 {
            devices.until_served(Instant::now()).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let polls = devices.stop().await;
        let wrong: Vec<_> = polls.iter().filter(|poll| !poll.is_pending()).collect();
        println!("{} polls, {} not answered", polls.len(), wrong.len());
        assert!(wrong.is_empty(), "{wrong:?}");
    });
}

#[test]
#[ignore = "needs PgBouncer; scripts/test-long runs it"]
fn a_pooler_of_sessions_works() {
    let server = Postgres::start(&[]);
    let settings = ["pool_mode = session", "default_pool_size = 20", IGNORED];
    let pooler = PgBouncer::start(&server, &settings);
    serves(&start(&pooler).unwrap());
}

/// Before 1.21, a pooler of transactions loses prepared statements, and a node says so at its start. From then on it keeps them.
#[test]
#[ignore = "needs PgBouncer; scripts/test-long runs it"]
fn a_pooler_of_transactions_works_or_is_refused_with_the_way_out() {
    let server = Postgres::start(&[]);
    let transactions = ["pool_mode = transaction", "default_pool_size = 5", IGNORED];
    let keeps_statements = "max_prepared_statements = 100";
    if version() >= (1, 21) {
        let settings = [&transactions[..], &[keeps_statements]].concat();
        serves(&start(&PgBouncer::start(&server, &settings)).unwrap());
    }
    let said = match start(&PgBouncer::start(&server, &transactions)) {
        Ok(_) => panic!("it starts, and its statements get lost later"),
        Err(said) => said,
    };
    for way_out in ["pool_mode = session", "max_prepared_statements"] {
        assert!(said.contains(way_out), "{said}");
    }
}

fn version() -> (u32, u32) {
    let told = Command::new("/usr/sbin/pgbouncer")
        .arg("--version")
        .output();
    let told = told.expect("PgBouncer is not installed: run `sudo apt-get install -y pgbouncer`");
    let text = String::from_utf8(told.stdout).unwrap();
    let mut numbers = text
        .split([' ', '.', '\n'])
        .filter_map(|part| part.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}
