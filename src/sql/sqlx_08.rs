//! The drivers for `sqlx` 0.8. Those for other versions have the same source.

use std::sync::Arc;

// First, because the others use its macro.
#[macro_use]
#[path = "sqlx/values.rs"]
mod values;

#[cfg(feature = "mariadb-sqlx-08")]
#[path = "sqlx/mariadb.rs"]
mod mariadb;
#[cfg(feature = "postgres-sqlx-08")]
#[path = "sqlx/postgres.rs"]
mod postgres;
#[cfg(feature = "sqlite-sqlx-08")]
#[path = "sqlx/sqlite.rs"]
mod sqlite;
use ::sqlx_08 as sqlx;
#[cfg(feature = "sqlite-sqlx-08")]
use ::sqlx_sqlite_08 as sqlx_sqlite;

/// The text as this version takes it.
fn text(sql: &Arc<str>) -> &str {
    sql
}
