//! A store that stands still, dies, or is locked, under a hundred polls a second.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use rusqlite::Connection;
use test_servers::{Folder, MariaDb, Postgres};
use tokio::time::{Instant, sleep, timeout};

use super::devices::{Devices, get};
use super::node::{Node, free_address};

const POLLS_PER_SECOND: u32 = 100;

/// A store is away for longer than a call may take: five seconds.
const AWAY: Duration = Duration::from_secs(8);

/// The longest that a device waits for an answer: what a call may take, and what a busy machine adds.
const LONGEST_ANSWER: Duration = Duration::from_secs(15);

/// The longest until devices are served again, on a busy machine.
const LONGEST_RECOVERY: Duration = Duration::from_secs(30);

/// A store that can be made to stand still.
pub(crate) trait Store {
    fn url(&self) -> String;
    fn begins(&mut self);
    fn ends(&mut self);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_postgresql_that_stands_still_is_told_of_in_time_and_served_again_by_itself() {
    stands_still(Postgres::start(&[]));
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_mariadb_that_stands_still_is_told_of_in_time_and_served_again_by_itself() {
    stands_still(MariaDb::start(&[]));
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_redis_that_stands_still_is_told_of_in_time_and_served_again_by_itself() {
    stands_still(Redis::start());
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_sqlite_that_somebody_locks_is_told_of_in_time_and_served_again_by_itself() {
    stands_still(Sqlite::create());
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_postgresql_that_is_killed_costs_no_device_more_than_another_poll() {
    let mut server = Postgres::start(&[]);
    dies(&Store::url(&server), || server.guard.crash_and_restart());
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_mariadb_that_is_killed_costs_no_device_more_than_another_poll() {
    let mut server = MariaDb::start(&[]);
    dies(&Store::url(&server), || server.guard.crash_and_restart());
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_redis_that_is_killed_costs_no_device_more_than_another_poll() {
    let mut server = Redis::start();
    dies(&server.url(), || server.crash_and_restart());
}

fn stands_still(mut store: impl Store) {
    let node = Node::alone(&store.url());
    let server = node.address;
    block_on(async {
        let devices = Devices::start(server, POLLS_PER_SECOND).await;
        devices.until_served(Instant::now()).await;
        let began = Instant::now();
        store.begins();
        sleep(AWAY - Duration::from_secs(3)).await;
        let ready = get(server, "/readyz").await;
        let alive = get(server, "/healthz").await;
        assert_eq!((alive.status, ready.status), (200, 503), "{}", ready.text);
        tokio::time::sleep_until(began + AWAY).await;
        store.ends();
        let ended = Instant::now();
        devices.until_served(ended).await;
        while get(server, "/readyz").await.status != 200 {
            sleep(Duration::from_millis(100)).await;
        }
        report(&devices.stop().await, began, ended, true);
    });
}

fn dies(store: &str, dies: impl FnOnce()) {
    let node = Node::alone(store);
    block_on(async {
        let devices = Devices::start(node.address, POLLS_PER_SECOND).await;
        devices.until_served(Instant::now()).await;
        let began = Instant::now();
        dies();
        let ended = Instant::now();
        sleep(Duration::from_secs(2)).await;
        devices.until_served(Instant::now()).await;
        report(&devices.stop().await, began, ended, false);
    });
}

/// Asserts that every poll was answered in time, and prints when.
fn report(polls: &[super::devices::Poll], began: Instant, ended: Instant, has_to_postpone: bool) {
    let wrong = polls
        .iter()
        .find(|poll| !poll.is_pending() && !poll.is_postponed());
    assert!(wrong.is_none(), "{wrong:?}");
    let postponed = || polls.iter().filter(|poll| poll.is_postponed());
    let first = postponed().map(|poll| poll.answered_at() - began).min();
    assert!(first.is_some() || !has_to_postpone, "nobody noticed");
    let slowest = polls.iter().map(|poll| poll.took).max().unwrap();
    let last = postponed().map(|poll| poll.answered_at().saturating_duration_since(ended));
    let recovery = last.max().unwrap_or_default();
    println!(
        "{} polls, {} told to come again; first after {first:?}, slowest answer {slowest:?}, last {recovery:?} after the end",
        polls.len(),
        postponed().count(),
    );
    assert!(slowest < LONGEST_ANSWER, "{slowest:?}");
    assert!(recovery < LONGEST_RECOVERY, "{recovery:?}");
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(async { timeout(Duration::from_secs(120), test).await });
    ended.expect("this does not come to an end");
}

impl Store for Postgres {
    fn url(&self) -> String {
        let folder = self.folder().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }

    fn begins(&mut self) {
        self.guard.freeze();
    }

    fn ends(&mut self) {
        self.guard.thaw();
    }
}

impl Store for MariaDb {
    fn url(&self) -> String {
        format!(
            "mysql://root@localhost/mysql?socket={}",
            self.socket().display()
        )
    }

    fn begins(&mut self) {
        self.guard.freeze();
    }

    fn ends(&mut self) {
        self.guard.thaw();
    }
}

/// A server that keeps its grants in a file. It ends with this.
pub(crate) struct Redis {
    pub(crate) address: SocketAddr,
    files: PathBuf,
    synchronizes: &'static str,
    process: Child,
    _folder: Folder,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let files = folder.path().to_owned();
        Self::start_in(files, "always", folder)
    }

    /// A server with its file in `files`, in or below this folder, that synchronizes it as often.
    pub(crate) fn start_in(files: PathBuf, synchronizes: &'static str, folder: Folder) -> Self {
        let address = free_address();
        let process = Self::run(address, &files, synchronizes);
        Self {
            address,
            files,
            synchronizes,
            process,
            _folder: folder,
        }
    }

    fn run(address: SocketAddr, files: &Path, synchronizes: &str) -> Child {
        let process = Command::new("redis-server")
            .args(["--port", &address.port().to_string(), "--bind", "127.0.0.1"])
            .args([
                "--appendonly",
                "yes",
                "--appendfsync",
                synchronizes,
                "--save",
                "",
                "--dir",
            ])
            .arg(files)
            .stdout(Stdio::null())
            .spawn()
            .expect("Redis is not installed: run `sudo apt-get install -y redis-server`");
        while TcpStream::connect(address).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        process
    }

    fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status();
        assert!(told.unwrap().success());
    }

    pub(crate) fn crash_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = Self::run(self.address, &self.files, self.synchronizes);
    }

    /// Returns whether the process has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }
}

impl Store for Redis {
    fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    fn begins(&mut self) {
        self.signal("-STOP");
    }

    fn ends(&mut self) {
        self.signal("-CONT");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// A file that another process locks.
struct Sqlite {
    folder: Folder,
    holder: Option<Connection>,
}

impl Sqlite {
    fn create() -> Self {
        let folder = Folder::new();
        fs::create_dir_all(folder.path()).unwrap();
        Self {
            folder,
            holder: None,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("grants.db")
    }
}

impl Store for Sqlite {
    fn url(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    fn begins(&mut self) {
        let holder = self.holder.insert(Connection::open(self.file()).unwrap());
        holder.busy_timeout(Duration::from_secs(30)).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    }

    fn ends(&mut self) {
        self.holder
            .take()
            .unwrap()
            .execute_batch("ROLLBACK")
            .unwrap();
    }
}
