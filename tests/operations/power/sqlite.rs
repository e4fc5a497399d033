use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use test_servers::Folder;

use super::disk::Disk;
use crate::work::{Server, Told};

/// Names the database to the process that works on it.
const FILE: &str = "POWER_FILE";
/// The number of acknowledged steps after which the power fails.
const FAILS_AFTER: usize = 200;

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn sqlite_keeps_what_was_acknowledged_when_the_power_fails() {
    match env::var(FILE) {
        Ok(file) => work(Path::new(&file)),
        Err(_) => assert_eq!(
            lost(
                "sqlite_keeps_what_was_acknowledged_when_the_power_fails",
                false
            ),
            0
        ),
    }
}

/// So that the tests are known to see a loss: the disk says that it has synchronized, and has not.
#[test]
#[ignore = "long; scripts/test-long runs it"]
fn sqlite_loses_decisions_on_a_disk_that_lies_when_the_power_fails() {
    match env::var(FILE) {
        Ok(file) => work(Path::new(&file)),
        Err(_) => assert!(
            lost(
                "sqlite_loses_decisions_on_a_disk_that_lies_when_the_power_fails",
                true
            ) > 0
        ),
    }
}

/// Runs the test of this name once more, in a process that the power failure ends, and returns the number of grants that are not
/// where that process told.
fn lost(test: &str, lies: bool) -> usize {
    let folder = Folder::new();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let file = data.join("grants.db");
    block_on(async { database(&file).await.migrate().await.unwrap() });
    let disk = Disk::of(&data, folder.path(), lies);
    let mut worker = Command::new(env::current_exe().unwrap());
    worker
        .args(["--exact", "--include-ignored", "--nocapture"])
        .arg(format!("power::sqlite::{test}"))
        .env(FILE, &file)
        .stdout(Stdio::piped());
    disk.under(&mut worker);
    let mut worker = worker.spawn().unwrap();
    let output = worker.stdout.take().unwrap();
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let mut steps = lines.filter_map(|line| read(&line));
    let mut told: Vec<_> = steps.by_ref().take(FAILS_AFTER).collect();
    worker.kill().unwrap();
    worker.wait().unwrap();
    told.extend(steps);
    assert!(told.len() >= FAILS_AFTER, "{} steps", told.len());
    disk.lose();
    block_on(async { server(&file).await.lost(&told).await.len() })
}

/// Reads a line of the working process: a code, and what happened to it.
fn read(line: &str) -> Option<(String, Told)> {
    let (told, code) = line.strip_prefix("told ")?.split_once(' ')?;
    Some((code.to_owned(), Told::parse(told)?))
}

/// Works until the process ends.
fn work(file: &Path) {
    block_on(async {
        let tell = |code: &str, told| println!("told {told} {code}");
        let server = server(file).await;
        server.work(&AtomicBool::new(false), tell, || {}).await;
    });
}

async fn server(file: &Path) -> Server {
    Server::on(SqlStore::new(database(file).await))
}

async fn database(file: &Path) -> Database {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    Database::from(SqlitePool::connect_with(options).await.unwrap())
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}
