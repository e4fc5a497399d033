//! The clock of one node of two jumps while grants live on a store that both share.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use test_servers::{Folder, MariaDb, Postgres};

use super::devices::{begin, poll};
use super::node::{Node, free_address};

/// A clock that a test sets.
struct Clock {
    folder: Folder,
}

impl Clock {
    fn new() -> Self {
        let folder = Folder::new();
        let clock = Self { folder };
        clock.set("+0");
        clock
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("time")
    }

    /// Sets it so far from the right time.
    fn set(&self, offset: &str) {
        let next = self.folder.path().join("next");
        fs::write(&next, offset).unwrap();
        fs::rename(next, self.file()).unwrap();
    }
}

/// The library that shows a process another time.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap();
    let library = folders
        .filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|library| library.exists());
    library.expect("these tests need libfaketime; run `sudo apt-get install -y faketime`")
}

fn node_by(clock: &Clock, store: &str, url: &str) -> Node {
    Node::with(free_address(), store, url, |command| {
        command
            .env("LD_PRELOAD", library())
            .env("FAKETIME_TIMESTAMP_FILE", clock.file())
            .env("FAKETIME_NO_CACHE", "1")
            // Timers go on as they are: a jump of the clock is none of theirs.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1");
    })
}

/// Checks that live grants stay alive on both nodes, whichever of them issued them, and that new ones are known to both.
fn jumps(store: &str) {
    let url = format!("http://{}", free_address());
    let clock = Clock::new();
    let nodes = [
        node_by(&clock, store, &url),
        Node::start(free_address(), store, &url),
    ];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut codes = Vec::new();
        for offset in ["+0", "-1h", "+5m", "+1d", "+0"] {
            clock.set(offset);
            for node in &nodes {
                codes.push(begin(node.address).await);
            }
            for node in &nodes {
                let purged = node.administer("POST", "/purge", "");
                assert!(
                    purged.text.contains("{\"grants\":0}"),
                    "{offset}: {}",
                    purged.text
                );
                for code in &codes {
                    let polled = poll(node.address, code).await;
                    assert!(polled.is_pending(), "{offset}: {polled:?}");
                }
            }
            // The next polls are none too early.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let [jumped, _] = &nodes;
    clock.set("+1d");
    let ready = jumped.administer("POST", "/check", "");
    assert!(
        ready.text.contains("the clock of the store"),
        "{}",
        ready.text
    );
}

#[test]
#[ignore = "needs libfaketime; scripts/test-long runs it"]
fn a_clock_that_jumps_loses_nothing_on_postgresql() {
    let server = Postgres::start(&[]);
    let folder = encoded(server.folder());
    jumps(&format!("postgres://postgres@{folder}/postgres"));
}

#[test]
#[ignore = "needs libfaketime; scripts/test-long runs it"]
fn a_clock_that_jumps_loses_nothing_on_mariadb() {
    let server = MariaDb::start(&[]);
    let socket = server.socket();
    jumps(&format!(
        "mysql://root@localhost/mysql?socket={}",
        socket.display()
    ));
}

fn encoded(path: &Path) -> String {
    path.display().to_string().replace('/', "%2F")
}
