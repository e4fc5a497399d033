use std::fmt;
use std::sync::Arc;

use super::schema::undelimited;
use super::{
    Driver, DriverError, Effect, Engine, Finding, Listener, SqlError, Statement, TablePrefix,
    Template, Value,
};
use crate::host::PortError;
use crate::invalid_value::InvalidValue;

/// An SQL database, on the pool that the host has.
///
/// It is made from a pool, whichever driver that is of: `Database::from(pool)`, or `pool.into()` where a database is wanted.
///
/// | engine | pool | feature |
/// |---|---|---|
/// | MariaDB | `sqlx::MySqlPool` 0.9 | `mariadb-sqlx-09` |
/// | | `sqlx::MySqlPool` 0.8 | `mariadb-sqlx-08` |
/// | PostgreSQL | `sqlx::PgPool` 0.9 | `postgres-sqlx-09` |
/// | | `sqlx::PgPool` 0.8 | `postgres-sqlx-08` |
/// | | `deadpool_postgres::Pool` 0.14 (`tokio-postgres` 0.7) | `postgres-deadpool-014` |
/// | SQLite | `sqlx::SqlitePool` 0.9 | `sqlite-sqlx-09` |
/// | | `sqlx::SqlitePool` 0.8 | `sqlite-sqlx-08` |
/// | | `deadpool_sqlite::Pool` 0.9 (`rusqlite` 0.32) | `sqlite-deadpool-09` |
///
/// Every other pool becomes one by a [`Driver`] of the host's own.
///
/// It is cheap to clone, and clones share what the driver keeps. Give the same one to the
/// [`SqlStore`](crate::store::SqlStore) and the [`SqlLimiter`](crate::limiter::SqlLimiter).
#[derive(Clone)]
pub struct Database {
    engine: &'static Engine,
    driver: Arc<dyn Driver>,
    prefix: TablePrefix,
    /// Hears notifications, where engine and driver have them.
    listener: Option<Arc<dyn Listener>>,
}

/// The number of times that a statement is tried which runs into others on the same row.
///
/// Each failure means that another statement succeeded, so the tries end once the rush on this row is over.
const TRIES: usize = 64;

impl Database {
    /// A MariaDB database (10.6 or newer), by a driver of the host's own.
    #[must_use]
    pub fn mariadb(driver: impl Driver + 'static) -> Self {
        Self::new(&super::mariadb::ENGINE, driver)
    }

    /// A PostgreSQL database (14 or newer), by a driver of the host's own.
    #[must_use]
    pub fn postgres(driver: impl Driver + 'static) -> Self {
        Self::new(&super::postgres::ENGINE, driver)
    }

    /// A SQLite database (3.35 or newer), by a driver of the host's own. It executes one statement that writes at a time,
    /// however many are asked for.
    #[must_use]
    pub fn sqlite(driver: impl Driver + 'static) -> Self {
        Self::new(&super::sqlite::ENGINE, driver)
    }

    fn new(engine: &'static Engine, driver: impl Driver + 'static) -> Self {
        Self {
            engine,
            driver: Arc::new(driver),
            prefix: TablePrefix::default(),
            listener: None,
        }
    }

    /// Hears notifications by this listener.
    #[cfg(any(
        feature = "postgres-deadpool-014",
        feature = "postgres-sqlx-08",
        feature = "postgres-sqlx-09"
    ))]
    pub(super) fn listening(mut self, listener: impl Listener + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Sets the prefix of the names of its tables. Default: `device_`. In PostgreSQL, the `search_path` chooses the schema.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn with_table_prefix(mut self, prefix: &str) -> Result<Self, InvalidValue> {
        self.prefix = TablePrefix::parse(prefix)?;
        Ok(self)
    }

    /// Creates the tables of store and limiter, or brings them to the newest version. Several nodes may do this at once.
    ///
    /// Tables that a newer version of this crate has migrated are left as they are, if that version says that this one can go on
    /// with them: so a node can be rolled back, or restarted before the others are updated. Otherwise it is an error, and
    /// [`check`](crate::DeviceGrants::check) says the same.
    ///
    /// Nothing else creates them. Another tool can apply [`migrations`](Self::migrations) instead. SQLite is put in WAL mode.
    ///
    /// # Errors
    ///
    /// [`PortError`], whose source says what to do. Nothing has changed, but the journal mode of SQLite, and in MariaDB
    /// the tables that were created before the failure.
    pub async fn migrate(&self) -> Result<(), PortError> {
        Ok(self.bring_up_to_date().await?)
    }

    /// Returns the SQL of each migration, the oldest first, for a tool that keeps the host's own schema. A later version of this
    /// crate adds migrations, and changes none.
    ///
    /// Each is a script of several statements, with the [prefix](Self::with_table_prefix) that is set, and records itself. Run it
    /// in a transaction, where the engine has one for `CREATE TABLE`; it contains neither `BEGIN` nor `COMMIT`. `sqlx`, `refinery`
    /// and drivers take it as it is. The command `mariadb` needs the file of `migrations/mariadb` instead, with its `DELIMITER`.
    #[must_use]
    pub fn migrations(&self) -> Vec<String> {
        let scripts = self.engine.schema.migrations.iter();
        scripts
            .map(|script| self.prefix.apply(&undelimited(script)))
            .collect()
    }

    pub(crate) fn engine(&self) -> &'static Engine {
        self.engine
    }

    pub(crate) fn listener(&self) -> Option<Arc<dyn Listener>> {
        self.listener.clone()
    }

    /// Returns this name of a table as it is with the prefix.
    pub(crate) fn name(&self, name: &str) -> String {
        self.prefix.apply(name)
    }

    /// A statement of this engine, with the prefix of the tables.
    pub(crate) fn template(&self, sql: &str, effect: Effect) -> Template {
        let sql = self.prefix.apply(&self.engine.grants.complete(sql));
        Template::new(&sql, self.engine.parameters, effect)
    }

    /// The rows of a statement, which is made anew for each try.
    pub(crate) async fn query(
        &self,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<Vec<Vec<Value>>, SqlError> {
        let mut result = self.driver.query(statement()).await;
        for _ in 1..TRIES {
            match &result {
                Err(error) if error.code().is_some_and(self.engine.is_conflict) => {}
                Ok(_) | Err(_) => break,
            }
            result = self.driver.query(statement()).await;
        }
        result.map_err(|error| SqlError::failed(self.engine, error))
    }

    /// The number of rows that a statement wrote.
    pub(crate) async fn execute(
        &self,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<u64, SqlError> {
        let mut result = self.driver.execute(statement()).await;
        for _ in 1..TRIES {
            match &result {
                Err(error) if error.code().is_some_and(self.engine.is_conflict) => {}
                Ok(_) | Err(_) => break,
            }
            result = self.driver.execute(statement()).await;
        }
        result.map_err(|error| SqlError::failed(self.engine, error))
    }

    pub(super) async fn script(&self, sql: &str) -> Result<(), SqlError> {
        let result = self.driver.script(&self.prefix.apply(sql)).await;
        result.map_err(|error| SqlError::failed(self.engine, error))
    }

    pub(crate) fn failed(&self, error: DriverError) -> SqlError {
        SqlError::failed(self.engine, error)
    }

    pub(crate) fn error(&self, finding: Finding) -> SqlError {
        SqlError::new(self.engine, finding)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("engine", &self.engine.folder)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
