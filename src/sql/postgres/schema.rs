use sqlx::{PgConnection, Row};

use super::{Database, PostgresError};
use crate::sql::TablePrefix;

/// What each version adds to the one before it.
const MIGRATIONS: &[&str] = &[include_str!(
    "../../../migrations/postgres/0001_grants_and_limits.sql"
)];

/// Taken while the tables are migrated: `device-grant` in eight bytes of its SHA-256.
const LOCK: &str = "SELECT pg_advisory_xact_lock(6823228164216012381)";

const IS_READ_ONLY: &str = "SELECT current_setting('transaction_read_only') = 'on'";

const IS_ALLOWED: &str = "SELECT bool_and(has_table_privilege(name, right_to))
    FROM unnest(ARRAY['device_grants']) AS name,
        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_to";

impl Database {
    /// Brings the tables to the newest version. Several nodes may do this at once.
    pub(crate) async fn migrate(&self, prefix: &TablePrefix) -> Result<(), PostgresError> {
        // With another isolation the transaction would not see what was done while it waited for the lock.
        let mut all = self
            .pool()
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await?;
        sqlx::raw_sql(LOCK).execute(&mut *all).await?;
        let is_there = prefix.apply("SELECT to_regclass('device_schema') IS NOT NULL");
        let is_there: bool = sqlx::query(is_there)
            .fetch_one(&mut *all)
            .await?
            .try_get(0)?;
        let applied = if is_there {
            version(&mut all, prefix).await?
        } else {
            0
        };
        if applied > newest() {
            return Err(other_version(applied));
        }
        let applied = usize::try_from(applied).unwrap_or_default();
        for migration in MIGRATIONS.iter().skip(applied) {
            let applied = sqlx::raw_sql(prefix.apply(migration))
                .execute(&mut *all)
                .await;
            applied.map_err(PostgresError::of_migration)?;
        }
        Ok(all.commit().await?)
    }

    /// Checks that the tables of the store are there and can be written to.
    pub(crate) async fn check(&self, prefix: &TablePrefix) -> Result<(), PostgresError> {
        self.check_version(prefix).await?;
        let mut connection = self.pool().acquire().await?;
        let is_allowed = sqlx::query(prefix.apply(IS_ALLOWED))
            .fetch_one(&mut *connection)
            .await?;
        if !is_allowed.try_get::<bool, _>(0)? {
            return Err(PostgresError::Privileges);
        }
        Ok(())
    }

    /// Checks that the tables have the version that is needed, in a database that may be written to.
    pub(crate) async fn check_version(&self, prefix: &TablePrefix) -> Result<(), PostgresError> {
        let mut connection = self.pool().acquire().await?;
        let version = version(&mut connection, prefix).await?;
        if version != newest() {
            return Err(other_version(version));
        }
        let is_read_only = sqlx::query(IS_READ_ONLY)
            .fetch_one(&mut *connection)
            .await?;
        if is_read_only.try_get(0)? {
            return Err(PostgresError::ReadOnly);
        }
        Ok(())
    }
}

async fn version(
    connection: &mut PgConnection,
    prefix: &TablePrefix,
) -> Result<i32, PostgresError> {
    let sql = prefix.apply("SELECT COALESCE(max(version), 0) FROM device_schema");
    Ok(sqlx::query(sql).fetch_one(connection).await?.try_get(0)?)
}

fn newest() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

fn other_version(found: i32) -> PostgresError {
    let expected = newest();
    if found < expected {
        PostgresError::OldTables { found, expected }
    } else {
        PostgresError::NewTables { found, expected }
    }
}
