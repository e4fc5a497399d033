//! PostgreSQL, with each of its drivers.

// First, because the others use its macro.
#[macro_use]
mod drivers;

mod announcing;
mod charges;
mod clocks;
mod conflicts;
mod dialect;
mod directory;
mod durability;
mod histories;
mod lending;
mod load;
mod plans;
mod restarts;
mod schema;
mod server;
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

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use device_grant::sql::Database;
use device_grant::store::SqlStore;

use self::drivers::Driver;
use self::server::{Login, Server};
use crate::executor::block_on;
use crate::proxy::{Protocol, Proxy};

/// Shared by all tests that do not harm it.
pub(crate) static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(&[]));

/// The isolation that a database gives to transactions which ask for none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Isolation {
    fn name(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read committed",
            Self::RepeatableRead => "repeatable read",
            Self::Serializable => "serializable",
        }
    }
}

fn login() -> Login {
    SERVER.login()
}

/// A store with tables of its own, on the shared server.
fn store<D: Driver>(isolation: Isolation) -> SqlStore {
    SqlStore::new(database::<D>(&SERVER.login().isolation(isolation)))
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
    Proxy::new(&SERVER.socket(), Protocol::Postgres)
}

/// The login at the shared server through the proxy.
fn through(proxy: &Proxy) -> Login {
    SERVER.login().folder(proxy.folder())
}

/// Nobody else's.
fn prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("t{}_", NUMBER.fetch_add(1, Ordering::Relaxed))
}

async fn execute(pool: &sqlx::PgPool, sql: impl Into<String>) {
    let sql = sqlx::AssertSqlSafe(sql.into());
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}

async fn number(pool: &sqlx::PgPool, sql: String) -> i64 {
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await;
    sqlx::Row::get(&row.unwrap(), 0)
}
