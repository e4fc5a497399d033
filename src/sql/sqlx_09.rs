//! The drivers for `sqlx` 0.9. Those for other versions have the same source.

use std::sync::Arc;

use ::sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

// First, because the others use its macro.
#[macro_use]
#[path = "sqlx/values.rs"]
mod values;

#[cfg(feature = "mariadb-sqlx-09")]
#[path = "sqlx/mariadb.rs"]
mod mariadb;
#[cfg(feature = "postgres-sqlx-09")]
#[path = "sqlx/postgres.rs"]
mod postgres;
#[cfg(feature = "sqlite-sqlx-09")]
#[path = "sqlx/sqlite.rs"]
mod sqlite;
use ::sqlx;
#[cfg(feature = "sqlite-sqlx-09")]
use ::sqlx_sqlite;

/// The text as this version takes it.
fn text(sql: &Arc<str>) -> SqlStr {
    AssertSqlSafe(Arc::clone(sql)).into_sql_str()
}
