//! A private MariaDB, in a temporary folder and on a Unix socket.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::Folder;
use crate::owner::Owner;

/// A running server. When this process ends, however it does, the server is stopped and its folder removed.
#[derive(Debug)]
pub struct MariaDb {
    folder: Folder,
    /// It watches over the server; its standard input stays open for as long as this process lives.
    guard: Child,
}

/// The options of every server: nothing but the socket, and no wait for a disk that is thrown away anyway.
const SETTINGS: [&str; 9] = [
    "--skip-networking",
    "--skip-log-bin",
    "--max-connections=300",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--aria-log-dir-path=.",
];

/// Starts the server, crashes or stops and restarts it for each line that it reads, and stops it at the end of its standard
/// input, from which no signal can keep it.
const GUARD: &str = r#"
    trap '' HUP INT
    folder=$1 socket=$1/mariadb.sock
    shift
    start() {
        mariadbd --no-defaults --datadir="$folder/data" --socket="$socket" --pid-file="$folder/pid" "$@" \
            >>"$folder/log" 2>&1 </dev/null &
        server=$!
        until mariadb-admin --no-defaults --socket="$socket" --user=root ping >/dev/null 2>&1; do
            kill -0 "$server" 2>/dev/null || exit 1
            sleep 0.05
        done
    }
    start "$@"
    echo started
    while read -r order; do
        if [ "$order" = crash ]; then
            kill -9 "$server"
        else
            kill -TERM "$server"
        fi
        wait "$server"
        start "$@"
    done
    kill -TERM "$server"
    wait "$server"
    rm -rf "$folder"
"#;

impl MariaDb {
    /// A new server with these options besides, each as on its command line.
    ///
    /// # Panics
    ///
    /// If it does not start, or is not installed: with the line that installs it.
    #[must_use]
    pub fn start(options: &[&str]) -> Self {
        let folder = Folder::new();
        let owner = Owner::called("mysql", MISSING);
        owner.give(folder.path());
        let created = owner
            .command("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal"])
            .args(["--skip-test-db", "--innodb-log-file-size=32M"])
            .arg(format!(
                "--datadir={}",
                folder.path().join("data").display()
            ))
            .output()
            .expect(MISSING);
        assert!(created.status.success(), "{created:?}");
        let mut guard = owner.command("sh");
        guard
            .args(["-c", GUARD, "guard"])
            .arg(folder.path())
            .args(SETTINGS)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let guard = guard.process_group(0).spawn().unwrap();
        let mut server = Self { folder, guard };
        server.wait();
        server
    }

    /// The path of its socket. The user is `root`, without a password, and the database `mysql`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("mariadb.sock")
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it as a crash would, and starts it again.
    ///
    /// # Panics
    ///
    /// If it is no longer watched over.
    pub fn crash_and_restart(&mut self) {
        self.order("crash\n");
    }

    /// Ends it as an operator would, and starts it again.
    ///
    /// # Panics
    ///
    /// If it is no longer watched over.
    pub fn stop_and_restart(&mut self) {
        self.order("stop\n");
    }

    fn order(&mut self, order: &str) {
        let orders = self.guard.stdin.as_mut().unwrap();
        orders.write_all(order.as_bytes()).unwrap();
    }

    /// Waits until it takes connections.
    fn wait(&mut self) {
        let output = self.guard.stdout.take().unwrap();
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).unwrap();
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(
            line.starts_with("started"),
            "MariaDB does not start: {}",
            log()
        );
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

const MISSING: &str = "MariaDB is not installed: run `sudo apt-get install -y mariadb-server`";
