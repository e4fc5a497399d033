//! MariaDB, with each of its drivers.

// First, because the others use its macro.
#[macro_use]
mod drivers;

mod charges;
mod dialect;
mod histories;
mod schema;
// One source for all engines that have a server.
#[path = "../server/faults.rs"]
mod faults;
#[path = "../server/limiter.rs"]
mod limiter;
#[path = "../server/polls.rs"]
mod polls;
#[path = "../server/round_trips.rs"]
mod round_trips;
#[path = "../server/store.rs"]
mod store;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, Executor, MySqlPool};
use test_servers::MariaDb;

use self::drivers::Driver;
use crate::executor::block_on;
use crate::proxy::{Protocol, Proxy};

/// Shared by all tests that do not harm it.
static SERVER: LazyLock<MariaDb> = LazyLock::new(started);

/// A server with a database for grants.
fn started() -> MariaDb {
    let server = MariaDb::start(&[]);
    let options = MySqlConnectOptions::new()
        .socket(server.socket())
        .username("root")
        .database("mysql");
    block_on(async {
        let pool = MySqlPool::connect_with(options).await.unwrap();
        execute(&pool, "CREATE DATABASE grants").await;
        pool.close().await;
    });
    server
}

/// The isolation of transactions which ask for none.
#[derive(Clone, Copy, Debug)]
enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

/// The settings of a pool, whichever library it is of.
#[derive(Clone)]
pub(crate) struct Login {
    socket: PathBuf,
    user: String,
    settings: Vec<String>,
    /// The most connections that the pool may have.
    size: u32,
    /// The longest that it waits for one.
    patience: Duration,
}

impl Login {
    fn at(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
            user: "root".to_owned(),
            settings: Vec::new(),
            size: 10,
            patience: Duration::from_secs(5),
        }
    }

    fn user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    fn setting(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    fn isolation(self, isolation: Isolation) -> Self {
        self.setting(match isolation {
            Isolation::ReadCommitted => "tx_isolation = 'READ-COMMITTED'",
            Isolation::RepeatableRead => "tx_isolation = 'REPEATABLE-READ'",
            Isolation::Serializable => "tx_isolation = 'SERIALIZABLE'",
        })
    }

    fn size(mut self, size: u32) -> Self {
        self.size = size;
        self
    }

    fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The statement that sets the settings of a connection.
    fn sql(&self) -> String {
        let settings = self.settings.iter();
        let settings = settings.map(|setting| format!("SET SESSION {setting}; "));
        settings.collect::<String>() + "SELECT 1"
    }

    /// A pool for what a test does itself.
    pub(crate) fn pool(&self) -> MySqlPool {
        let options = MySqlConnectOptions::new()
            .socket(&self.socket)
            .username(&self.user)
            .database("grants");
        let settings = self.sql();
        let pool = MySqlPoolOptions::new()
            .max_connections(self.size)
            .acquire_timeout(self.patience)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let settings = sqlx::raw_sql(AssertSqlSafe(settings.clone()));
                Box::pin(async move { connection.execute(settings).await.map(drop) })
            });
        // Within the runtime, where the pool has its tasks.
        block_on(async { pool.connect_lazy_with(options) })
    }
}

pub(crate) fn login() -> Login {
    Login::at(&SERVER.socket())
}

/// A store with tables of its own, on the shared server.
fn store<D: Driver>(isolation: Isolation) -> SqlStore {
    SqlStore::new(database::<D>(&login().isolation(isolation)))
}

/// A database with tables of its own.
fn database<D: Driver>(login: &Login) -> Database {
    migrated::<D>(login, &prefix())
}

/// A database with tables of this prefix.
fn migrated<D: Driver>(login: &Login, prefix: &str) -> Database {
    let database = prefixed::<D>(login, prefix);
    block_on(database.migrate()).unwrap();
    database
}

/// A database whose tables are to have this prefix.
fn prefixed<D: Driver>(login: &Login, prefix: &str) -> Database {
    D::database(login).with_table_prefix(prefix).unwrap()
}

/// In front of the shared server.
fn proxy() -> Proxy {
    Proxy::new(&SERVER.socket(), Protocol::MariaDb)
}

/// The login at the shared server through the proxy.
fn through(proxy: &Proxy) -> Login {
    let socket = SERVER.socket();
    Login::at(&proxy.folder().join(socket.file_name().unwrap()))
}

/// Nobody else's.
fn prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("t{}_", NUMBER.fetch_add(1, Ordering::Relaxed))
}

async fn execute(pool: &MySqlPool, sql: impl Into<String>) {
    let sql = AssertSqlSafe(sql.into());
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}

async fn number(pool: &MySqlPool, sql: String) -> i64 {
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await;
    sqlx::Row::get(&row.unwrap(), 0)
}
