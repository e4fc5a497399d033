//! How the tests connect to their private PostgreSQL.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use test_servers::Postgres;

pub(crate) struct Server(Postgres);

impl Server {
    /// A new server with these settings besides.
    pub(crate) fn start(settings: &[&str]) -> Self {
        Self(Postgres::start(settings))
    }

    /// What connects to it.
    pub(crate) fn options(&self) -> PgConnectOptions {
        options(self.0.folder())
    }

    /// The path of its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.socket()
    }

    /// Ends it as a crash would, and starts it again.
    pub(crate) fn crash_and_restart(&mut self) {
        self.0.crash_and_restart();
    }

    /// Ends it as an operator would, and starts it again.
    pub(crate) fn stop_and_restart(&mut self) {
        self.0.stop_and_restart();
    }
}

/// What connects to the server with a socket in this folder.
pub(crate) fn options(folder: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(folder)
        .username("postgres")
        .database("postgres")
}
