//! A million grants that are past their retention leave a store, while devices poll.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use device_grant::host::GrantStore;
use device_grant::store::MemoryStore;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::store::fixtures;
use rusqlite::Connection;
use test_servers::{Folder, MariaDb, Postgres};
use tokio::time::{Instant, sleep};

use super::devices::{Devices, Poll, begin};
use super::node::Node;
use super::outage::{Redis, Store};

const GRANTS: u32 = 1_000_000;

/// The time in which polls are measured while nothing is purged.
const QUIET: Duration = Duration::from_secs(5);

/// No poll may take this long, on a machine that is busy with other things as well: a device gives up after ten seconds.
const LONGEST_ANSWER: Duration = Duration::from_secs(5);

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_million_grants_leave_postgresql_while_devices_are_answered() {
    let server = Postgres::start(&["synchronous_commit=on", "fsync=on"]);
    let folder = server.folder();
    let store = format!("postgres://postgres@{}/postgres", encoded(folder));
    let psql = |sql: &str| {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--username", "postgres"])
            .arg("--host")
            .arg(folder)
            .args(["--command", sql, "postgres"]);
        run(&mut psql);
    };
    let copy = || {
        psql(&format!(
            "INSERT INTO device_grants (id, revision, issued_at, expires_at, forget_at, user_code, due_after, told_interval,
                paced, is_pending, had_twin, issuer, client_id, body)
             SELECT md5(i::text)::uuid, revision, issued_at, expires_at, i, md5(i::text)::uuid, due_after, told_interval,
                paced, is_pending, had_twin, issuer, client_id, body
             FROM (SELECT * FROM device_grants LIMIT 1) AS g, generate_series(1, {GRANTS}) AS i"
        ));
    };
    leave(&store, copy, &Node::purge);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_million_grants_leave_mariadb_while_devices_are_answered() {
    let server = MariaDb::start(&["--innodb-flush-log-at-trx-commit=1"]);
    let socket = server.socket();
    let store = format!("mysql://root@localhost/mysql?socket={}", socket.display());
    let copy = || {
        let sql = format!(
            "INSERT INTO device_grants (id, revision, issued_at, expires_at, forget_at, due_after, told_interval, paced,
                is_pending, had_twin, issuer, client_id, body)
             SELECT UNHEX(MD5(seq)), revision, issued_at, expires_at, seq, due_after, told_interval, paced,
                is_pending, had_twin, issuer, client_id, body
             FROM (SELECT * FROM device_grants LIMIT 1) AS g, seq_1_to_{GRANTS}"
        );
        let mut client = Command::new("mariadb");
        client
            .arg("--socket")
            .arg(&socket)
            .args(["--user=root", "mysql", "--execute", &sql]);
        run(&mut client);
    };
    leave(&store, copy, &Node::purge);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_million_grants_leave_sqlite_while_devices_are_answered() {
    let folder = Folder::new();
    let file = folder.path().join("grants.db");
    let copy = || {
        let database = Connection::open(&file).unwrap();
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {GRANTS})
             INSERT INTO device_grants (id, issuer, client_id, issued_at, expires_at, forget_at, due_after, told_interval,
                had_twin, paced, is_pending, revision, body)
             SELECT CAST(printf('%016d', i * 7919 % 10000019) AS BLOB), issuer, client_id, issued_at, expires_at, i, due_after,
                told_interval, had_twin, paced, is_pending, revision, body
             FROM (SELECT * FROM device_grants LIMIT 1), n"
        );
        // The indexes do not fit into the 2 MB that are the default.
        database
            .execute_batch("PRAGMA cache_size = -200000")
            .unwrap();
        database.execute(&sql, ()).unwrap();
    };
    leave(&format!("sqlite:{}", file.display()), copy, &Node::purge);
}

/// Redis expires them; the purge looks for those that it has not.
#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_million_grants_leave_redis_while_devices_are_answered() {
    let server = Redis::start();
    let port = server.address.port().to_string();
    let ask = |arguments: &[&str]| {
        let mut client = Command::new("redis-cli");
        run(client.args(["-p", &port]).args(arguments))
    };
    let copy = || {
        let keys = ask(&["--scan", "--pattern", "*g:*"]);
        let key = keys.lines().next().expect("one grant");
        let prefix = key.rsplit_once("g:").unwrap().0;
        // All at one time, after the last of them.
        let seconds: u64 = ask(&["TIME"]).lines().next().unwrap().parse().unwrap();
        let until = ((seconds + 180) * 1_000).to_string();
        for first in (0..GRANTS).step_by(50_000) {
            let script = "local row = redis.call('GET', KEYS[1])
                for i = ARGV[2], ARGV[2] + 49999 do
                    redis.call('SET', ARGV[1] .. 'g:' .. string.format('%022d', i), row, 'PXAT', ARGV[3])
                end";
            ask(&["EVAL", script, "1", key, prefix, &first.to_string(), &until]);
        }
    };
    let is_left = || ask(&["DBSIZE"]).trim().parse::<u32>().unwrap() > GRANTS / 100;
    let expire = |node: &Node| {
        while is_left() {
            node.purge();
            thread::sleep(Duration::from_millis(100));
        }
    };
    leave(&server.url(), copy, &expire);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_million_grants_leave_memory_while_others_are_read() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().with_clock(clock.clone());
    let live = fixtures::id(0);
    futures_executor::block_on(async {
        for number in 1..=u64::from(GRANTS) {
            fixtures::insert(&store, &fixtures::new_row(number)).await;
        }
        clock.advance(Duration::from_secs(fixtures::FORGET.unsigned_abs()));
        // In the last moment in which nothing may be forgotten, so that this does not begin to.
        fixtures::insert(&store, &fixtures::new_row(0)).await;
    });
    clock.advance(Duration::from_secs(1));
    let is_over = AtomicBool::new(false);
    let took = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut took = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let began = Instant::now();
                let found = futures_executor::block_on(store.find(&live)).unwrap();
                took.push(began.elapsed());
                assert!(found.is_some());
            }
            took
        });
        while futures_executor::block_on(store.purge(1_000)).unwrap() > 0 {}
        is_over.store(true, Ordering::Relaxed);
        reading.join().unwrap()
    });
    assert_eq!(store.len(), 1);
    let slowest = tell("meanwhile", took);
    assert!(slowest < LONGEST_ANSWER, "{slowest:?}");
}

/// Fills a store that one device has used, and measures the polls of others before and while it is emptied.
fn leave(store: &str, copy: impl FnOnce(), purge: &dyn Fn(&Node)) {
    let node = Node::alone(store);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        begin(node.address).await;
        let filling = Instant::now();
        copy();
        println!("filled in {:?}", filling.elapsed());
        let devices = Devices::start(node.address, 100).await;
        devices.until_served(Instant::now()).await;
        let quiet = Instant::now();
        sleep(QUIET).await;
        let began = Instant::now();
        tokio::task::block_in_place(|| purge(&node));
        let ended = Instant::now();
        let polls = devices.stop().await;
        let wrong = polls.iter().find(|poll| !poll.is_pending());
        assert!(wrong.is_none(), "{wrong:?}");
        report("before", &polls, quiet, began);
        let slowest = report("meanwhile", &polls, began, ended);
        println!("gone in {:?}", ended - began);
        assert!(slowest < LONGEST_ANSWER, "{slowest:?}");
    });
}

/// Prints how long the polls of this time took, and returns the slowest.
fn report(when: &str, polls: &[Poll], from: Instant, until: Instant) -> Duration {
    let within = |poll: &&Poll| poll.began >= from && poll.began < until;
    tell(
        when,
        polls.iter().filter(within).map(|poll| poll.took).collect(),
    )
}

fn tell(when: &str, mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    let of = |share: usize| took[(took.len() * share / 1_000).min(took.len() - 1)];
    let [half, most, slowest] = [500, 990, 1_000].map(of);
    let number = took.len();
    println!(
        "{when}: {number} calls, half within {half:?}, 99 % within {most:?}, all within {slowest:?}"
    );
    slowest
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn encoded(path: &Path) -> String {
    path.display().to_string().replace('/', "%2F")
}
