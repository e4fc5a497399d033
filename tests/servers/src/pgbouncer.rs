//! A private PgBouncer.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::owner::Owner;
use crate::{Folder, Postgres};

/// A pooler in front of a PostgreSQL, at a port of this machine. It ends with this.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    process: Child,
    _folder: Folder,
}

impl PgBouncer {
    /// A pooler with these settings besides, each as in its configuration file.
    ///
    /// # Panics
    ///
    /// If it does not start, or is not installed: with the line that installs it.
    #[must_use]
    pub fn start(server: &Postgres, settings: &[&str]) -> Self {
        let folder = Folder::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let users = folder.path().join("users");
        fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let configuration = format!(
            "[databases]\npostgres = host={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\nauth_file = {}\n{}\n",
            server.folder().display(),
            users.display(),
            settings.join("\n"),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, configuration).unwrap();
        let process = Owner::called("postgres", MISSING)
            .command("/usr/sbin/pgbouncer")
            .arg("--quiet")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect(MISSING);
        let mut pooler = Self {
            port,
            process,
            _folder: folder,
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = pooler.process.try_wait().unwrap();
            assert!(ended.is_none(), "PgBouncer ended: {ended:?}. {MISSING}");
            thread::sleep(Duration::from_millis(20));
        }
        pooler
    }

    /// The URL of the database behind it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

const MISSING: &str = "PgBouncer is not installed: run `sudo apt-get install -y pgbouncer`";
