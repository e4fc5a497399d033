use sqlx::{Connection, Row, SqlStr, SqliteConnection};

use super::{Database, Durability, SqliteError};
use crate::sql::TablePrefix;

/// What each version adds to the one before it.
const MIGRATIONS: &[&str] = &[include_str!(
    "../../../migrations/sqlite/0001_grants_and_limits.sql"
)];

impl Database {
    /// Brings the tables to the newest version.
    pub(crate) async fn migrate(&self, prefix: &TablePrefix) -> Result<(), SqliteError> {
        let mut writer = self.writer().await?;
        let connection = writer.connection(Durability::Disk).await?;
        // Stays with the file, and cannot be set within a transaction.
        let wal = sqlx::raw_sql("PRAGMA journal_mode = WAL")
            .fetch_one(&mut *connection)
            .await;
        expect_wal(writer.checked(wal)?.try_get(0)?)?;
        let connection = writer.connection(Durability::Disk).await?;
        migrate(connection, prefix).await
    }

    /// That the tables are there and can be written to.
    pub(crate) async fn check(&self, prefix: &TablePrefix) -> Result<(), SqliteError> {
        let mut writer = self.writer().await?;
        let connection = writer.connection(Durability::Disk).await?;
        let version = version(connection, prefix).await?;
        if version != newest() {
            return Err(other_version(version));
        }
        let mode: String = sqlx::query("PRAGMA journal_mode")
            .fetch_one(&mut *connection)
            .await?
            .try_get(0)?;
        expect_wal(mode)?;
        let mut writing = connection.begin_with("BEGIN IMMEDIATE").await?;
        let nothing = prefix.apply("UPDATE device_schema SET version = version");
        sqlx::query(nothing).execute(&mut *writing).await?;
        Ok(writing.rollback().await?)
    }
}

/// A database in memory has a journal mode of its own, and needs none.
fn expect_wal(mode: String) -> Result<(), SqliteError> {
    match mode.as_str() {
        "wal" | "memory" => Ok(()),
        _ => Err(SqliteError::JournalMode(mode)),
    }
}

async fn migrate(
    connection: &mut SqliteConnection,
    prefix: &TablePrefix,
) -> Result<(), SqliteError> {
    let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
    let is_there = prefix.apply("SELECT 1 FROM sqlite_schema WHERE name = 'device_schema'");
    let mut applied = 0;
    if !sqlx::query(is_there).fetch_all(&mut *all).await?.is_empty() {
        applied = version(&mut all, prefix).await?;
    }
    if applied > newest() {
        return Err(other_version(applied));
    }
    let applied = usize::try_from(applied).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(applied) {
        sqlx::raw_sql(prefix.apply(migration))
            .execute(&mut *all)
            .await?;
    }
    Ok(all.commit().await?)
}

async fn version(
    connection: &mut SqliteConnection,
    prefix: &TablePrefix,
) -> Result<i64, SqliteError> {
    let sql: SqlStr = prefix.apply("SELECT ifnull(max(version), 0) FROM device_schema");
    Ok(sqlx::query(sql).fetch_one(connection).await?.try_get(0)?)
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn other_version(found: i64) -> SqliteError {
    let expected = newest();
    if found < expected {
        SqliteError::OldTables { found, expected }
    } else {
        SqliteError::NewTables { found, expected }
    }
}
