//! A private PostgreSQL, in a temporary folder and on a Unix socket.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Folder;
use crate::guard::Guard;
use crate::owner::Owner;

/// A running server. When this process ends, however it does, the server is stopped and its folder removed.
#[derive(Debug)]
pub struct Postgres {
    /// Dropped first: it stops the server.
    /// Ends, freezes and restarts it.
    pub guard: Guard,
    folder: Folder,
}

/// The settings of every server: only the socket, and no wait for the disk, whose files are deleted after the test.
const SETTINGS: [&str; 3] = ["listen_addresses=''", "fsync=off", "max_connections=300"];

/// Starts the server, crashes, freezes, promotes or restarts it for each line that it reads, and stops it at the end of its standard input,
/// from which no signal can keep it.
const GUARD: &str = r#"
    trap '' HUP INT TERM
    programs=$1 folder=$2 data=$2/data
    start() {
        for _ in $(seq 100); do
            "$programs/pg_ctl" -D "$data" -o "-k $folder" -l "$folder/log" -w start >"$folder/start" && return
            sleep 0.1
        done
        exit 1
    }
    start
    echo started
    signal() {
        server=$(head -n 1 "$data/postmaster.pid")
        # The server first: it must not start another process meanwhile.
        kill "-$1" "$server"
        kill "-$1" $(ps -o pid= --ppid "$server")
    }
    crash() {
        server=$(head -n 1 "$data/postmaster.pid")
        # Stopped first: it must not start another process meanwhile, which would live on.
        kill -STOP "$server"
        all="$server $(ps -o pid= --ppid "$server")"
        kill -9 $all
        # None of them writes any more.
        while ps -o state= -p "$(echo $all | tr ' ' ,)" | grep -qv Z; do sleep 0.02; done
        rm -f "$data/postmaster.pid"
    }
    while read -r order; do
        case $order in
            freeze) signal STOP ;;
            thaw) signal CONT ;;
            kill) crash ;;
            promote) "$programs/pg_ctl" -D "$data" -w promote >/dev/null ;;
            crash)
                crash
                eval "$LOSE" >>"$folder/log"
                start
                ;;
            *)
                "$programs/pg_ctl" -D "$data" -m fast -w stop >/dev/null
                start
                ;;
        esac
    done
    signal CONT 2>/dev/null
    "$programs/pg_ctl" -D "$data" -m fast -w stop >/dev/null
    rm -rf "$folder"
"#;

impl Postgres {
    /// A new server with these settings besides, each as in its configuration file.
    ///
    /// # Panics
    ///
    /// If it does not start, or is not installed: with the line that installs it.
    #[must_use]
    pub fn start(settings: &[&str]) -> Self {
        Self::start_by(settings, |_, _| {})
    }

    /// A new server whose shell this changes, before it starts the server in this folder. After a crash, that shell runs the
    /// command in `LOSE`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_by(settings: &[&str], prepare: impl FnOnce(&mut Command, &Path)) -> Self {
        let folder = Folder::new();
        owner().give(folder.path());
        let created = program("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(created.status.success(), "{created:?}");
        set(folder.path(), &[&SETTINGS, settings].concat());
        Self::run(folder, prepare)
    }

    /// A standby that follows this server, with its settings and these besides.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn standby(&self, settings: &[&str]) -> Self {
        let folder = Folder::new();
        owner().give(folder.path());
        let copied = program("pg_basebackup")
            .args(["--username=postgres", "--write-recovery-conf"])
            .args(["--checkpoint=fast", "--no-sync", "--host"])
            .arg(self.folder())
            .arg("-D")
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(copied.status.success(), "{copied:?}");
        set(folder.path(), settings);
        Self::run(folder, |_, _| {})
    }

    /// Runs the server whose data is in this folder.
    fn run(folder: Folder, prepare: impl FnOnce(&mut Command, &Path)) -> Self {
        let programs = programs();
        let [programs, path] = [&programs, folder.path()].map(|path| path.to_str().unwrap());
        let mut shell = owner().command("sh");
        prepare(&mut shell, folder.path());
        let guard = Guard::start(shell, GUARD, &[programs, path], &folder);
        Self { guard, folder }
    }

    /// The folder of its socket. The user and the database are both called `postgres`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }
}

/// Adds settings to those of the server in this folder.
fn set(folder: &Path, settings: &[&str]) {
    let mut file = OpenOptions::new()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .unwrap();
    for setting in settings {
        writeln!(file, "{setting}").unwrap();
    }
}

fn program(name: &str) -> Command {
    owner().command(programs().join(name))
}

fn owner() -> Owner {
    Owner::called("postgres", MISSING)
}

/// Where Debian keeps the programs of the newest version that is installed.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let version = versions
        .filter_map(|version| version.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .expect(MISSING);
    Path::new("/usr/lib/postgresql")
        .join(version.to_string())
        .join("bin")
}

const MISSING: &str = "PostgreSQL is not installed: run `sudo apt-get install -y postgresql`";
