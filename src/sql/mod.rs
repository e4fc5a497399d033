//! SQL databases, on your pool.
//!
//! Create a [`Database`] from a pool, and the [`SqlStore`](crate::store::SqlStore) and the
//! [`SqlLimiter`](crate::limiter::SqlLimiter) from the database. There are drivers for the pools of `sqlx`, `deadpool-postgres`
//! and `deadpool-sqlite`. Each is a feature with the version in its name, so that a new version of a pool breaks no build. For
//! every other pool, implement [`Driver`].

mod columns;
mod database;
mod driver;
mod driver_error;
mod engine;
mod error;
mod listener;
mod purging;
mod schema;
mod table_prefix;
mod template;

mod mariadb;
mod postgres;
mod sqlite;

#[cfg(feature = "postgres-deadpool-014")]
#[path = "deadpool/postgres.rs"]
mod postgres_deadpool;
#[cfg(feature = "sqlite-deadpool-09")]
#[path = "deadpool/sqlite.rs"]
mod sqlite_deadpool;
#[cfg(any(
    feature = "mariadb-sqlx-08",
    feature = "postgres-sqlx-08",
    feature = "sqlite-sqlx-08"
))]
mod sqlx_08;
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "sqlite-sqlx-09"
))]
mod sqlx_09;

pub use self::database::Database;
pub use self::driver::{Driver, Statement, Value};
pub use self::driver_error::DriverError;

pub(crate) use self::columns::refusal;
pub(crate) use self::columns::{UnreadableColumn, id, polled, row, told};
pub(crate) use self::engine::{Charging, Check, FIND, LIST};
pub(crate) use self::error::{Finding, SqlError, Trouble};
pub(crate) use self::listener::Listener;
pub(crate) use self::postgres::NOTIFY;
pub(crate) use self::purging::Purging;
pub(crate) use self::template::{Effect, Template};

pub(crate) use self::columns::debt;
use self::engine::{Engine, Grants, Limits, Parameters, Purge, Schema};
use self::table_prefix::TablePrefix;
