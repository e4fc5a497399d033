//! The connections of the tests to their private PostgreSQL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use test_servers::Postgres;

use super::Isolation;
use crate::executor::block_on;

pub(crate) struct Server(Postgres);

impl Server {
    /// A new server with these settings besides.
    pub(crate) fn start(settings: &[&str]) -> Self {
        Self(Postgres::start(settings))
    }

    /// Returns the login for this server.
    pub(crate) fn login(&self) -> Login {
        Login::at(self.0.folder())
    }

    /// The path of its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.socket()
    }

    /// Ends it as a crash would, and starts it again.
    pub(crate) fn crash_and_restart(&mut self) {
        self.0.guard.crash_and_restart();
    }

    /// Ends it as an operator would, and starts it again.
    pub(crate) fn stop_and_restart(&mut self) {
        self.0.guard.stop_and_restart();
    }
}

/// The settings of a pool, whichever library it is of.
#[derive(Clone)]
pub(crate) struct Login {
    /// The socket's folder.
    pub(crate) folder: PathBuf,
    pub(crate) user: String,
    pub(crate) settings: Vec<(&'static str, &'static str)>,
    /// The most connections that the pool may have.
    pub(crate) size: u32,
    /// The longest that it waits for one.
    pub(crate) patience: Duration,
}

impl Login {
    /// The login at the server with a socket in this folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            user: "postgres".to_owned(),
            settings: Vec::new(),
            size: 10,
            patience: Duration::from_secs(5),
        }
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = folder.to_owned();
        self
    }

    pub(crate) fn user(mut self, user: &str) -> Self {
        self.user = user.to_owned();
        self
    }

    pub(crate) fn setting(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }

    pub(crate) fn isolation(self, isolation: Isolation) -> Self {
        self.setting("default_transaction_isolation", isolation.name())
    }

    pub(crate) fn size(mut self, size: u32) -> Self {
        self.size = size;
        self
    }

    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The settings with their spaces escaped, as `sqlx` 0.9 does it.
    pub(crate) fn escaped_settings(&self) -> Vec<(&'static str, String)> {
        let settings = self.settings.iter();
        let escaped = settings.map(|(name, value)| (*name, value.replace(' ', "\\ ")));
        escaped.collect()
    }

    /// A pool for what a test does itself.
    pub(crate) fn pool(&self) -> PgPool {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username(&self.user)
            .database("postgres")
            .options(self.settings.iter().copied());
        let pool = PgPoolOptions::new()
            .max_connections(self.size)
            .acquire_timeout(self.patience)
            .test_before_acquire(false);
        // Within the runtime, where the pool has its tasks.
        block_on(async { pool.connect_lazy_with(options) })
    }
}
