//! A private MariaDB, in a temporary folder and on a Unix socket.

use std::path::{Path, PathBuf};

use crate::Folder;
use crate::guard::Guard;
use crate::owner::Owner;

/// A running server. When this process ends, however it does, the server is stopped and its folder removed.
#[derive(Debug)]
pub struct MariaDb {
    /// Dropped first: it stops the server.
    /// Ends, freezes and restarts it.
    pub guard: Guard,
    folder: Folder,
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

/// Starts the server, crashes, freezes or restarts it for each line that it reads, and stops it at the end of its standard
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
        case $order in
            freeze) kill -STOP "$server" ;;
            thaw) kill -CONT "$server" ;;
            *)
                if [ "$order" = crash ]; then
                    kill -9 "$server"
                else
                    kill -TERM "$server"
                fi
                wait "$server"
                start "$@"
                ;;
        esac
    done
    kill -CONT "$server"
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
            .env("TMPDIR", folder.path())
            .args(["--no-defaults", "--auth-root-authentication-method=normal"])
            .args(["--skip-test-db", "--innodb-log-file-size=32M"])
            .arg(format!(
                "--datadir={}",
                folder.path().join("data").display()
            ))
            .output()
            .expect(MISSING);
        assert!(created.status.success(), "{created:?}");
        let path = folder.path().to_str().unwrap();
        let arguments = [&[path][..], &SETTINGS, options].concat();
        let mut shell = owner.command("sh");
        // A server that starts removes the temporary tables that it finds, those of other servers included.
        shell.env("TMPDIR", folder.path());
        let guard = Guard::start(shell, GUARD, &arguments, &folder);
        Self { guard, folder }
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
}

const MISSING: &str = "MariaDB is not installed: run `sudo apt-get install -y mariadb-server`";
