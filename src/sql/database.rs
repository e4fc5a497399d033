use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::schema::undelimited;
use super::{
    Driver, DriverError, Effect, Engine, Finding, Listener, SqlError, Statement, TablePrefix,
    Template, Value,
};
use crate::host::PortError;
use crate::invalid_value::InvalidValue;

/// An SQL database, on your pool.
///
/// Create it from a pool: `Database::from(pool)`, or `pool.into()` where a database is expected.
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
/// For every other pool, write a [`Driver`].
///
/// A clone is cheap and shares the driver. Pass the same database to the
/// [`SqlStore`](crate::store::SqlStore) and the [`SqlLimiter`](crate::limiter::SqlLimiter).
#[derive(Clone)]
pub struct Database {
    engine: &'static Engine,
    driver: Arc<dyn Driver>,
    prefix: TablePrefix,
    /// Hears notifications, where engine and driver have them.
    listener: Option<Arc<dyn Listener>>,
}

/// A statement on its way.
type Attempt<'a, T> = Pin<Box<dyn Future<Output = Result<T, DriverError>> + Send + 'a>>;

/// The number of times that a statement is tried which runs into others on the same row.
const TRIES: usize = 64;

/// The number of tries without a pause. If each failure means that another statement succeeded, these are enough in most rushes
/// on a row. More fail only if the other transaction goes on.
const AT_ONCE: usize = 8;

impl Database {
    /// A MariaDB database (10.6 or newer), on your own driver.
    #[must_use]
    pub fn mariadb(driver: impl Driver + 'static) -> Self {
        Self::new(&super::mariadb::ENGINE, driver)
    }

    /// A PostgreSQL database (14 or newer), on your own driver.
    #[must_use]
    pub fn postgres(driver: impl Driver + 'static) -> Self {
        Self::new(&super::postgres::ENGINE, driver)
    }

    /// A SQLite database (3.35 or newer), on your own driver. It passes one writing statement at a time to the driver.
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

    /// Sets the prefix of the table names. Default: `device_`. In PostgreSQL, the `search_path` determines the schema.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn with_table_prefix(mut self, prefix: &str) -> Result<Self, InvalidValue> {
        self.prefix = TablePrefix::parse(prefix)?;
        Ok(self)
    }

    /// Creates the tables of store and limiter, or upgrades them to the newest version. Several nodes may call it at once. It sets
    /// SQLite to WAL mode. To use another tool instead, apply [`migrations`](Self::migrations).
    ///
    /// If a newer version of this crate has migrated the tables, they do not change. If that version says that this one can use
    /// them, the call succeeds, so that a node can be rolled back, or restarted before the others are updated. Otherwise it
    /// is an error, also of [`check`](crate::DeviceGrants::check).
    ///
    /// # Errors
    ///
    /// [`PortError`], whose source says what to do. Nothing has changed, except the journal mode of SQLite, and in MariaDB
    /// the tables that were created before the failure.
    pub async fn migrate(&self) -> Result<(), PortError> {
        Ok(self.bring_up_to_date().await?)
    }

    /// Returns the SQL of each migration, the oldest first, for a tool that manages your schema. Later versions of this
    /// crate add migrations, and never change one.
    ///
    /// Each is a script of several statements, with the configured [prefix](Self::with_table_prefix), and records itself. It
    /// contains neither `BEGIN` nor `COMMIT`: run it in a transaction if the engine supports one for `CREATE TABLE`. `sqlx`,
    /// `refinery` and drivers can run it unchanged. For the command `mariadb`, use the file of `migrations/mariadb`, which has
    /// `DELIMITER`.
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

    /// Returns the rows of a statement. `statement` makes it again for each try.
    pub(crate) async fn query(
        &self,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<Vec<Vec<Value>>, SqlError> {
        self.tried(|| self.driver.query(statement())).await
    }

    /// Executes a statement, and returns the number of rows that it wrote.
    pub(crate) async fn execute(
        &self,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<u64, SqlError> {
        self.tried(|| self.driver.execute(statement())).await
    }

    /// Returns the result of the first try without a conflict, or of the last try.
    ///
    /// Repeated only after an error that the database returned, because it has rolled the statement back. After a lost connection
    /// the outcome is unknown, and the caller finds it out by the revision.
    async fn tried<'a, T>(
        &'a self,
        attempt: impl Fn() -> Attempt<'a, T> + Send + Sync,
    ) -> Result<T, SqlError> {
        let mut result = attempt().await;
        for number in 1..TRIES {
            match &result {
                Err(error) if error.code().is_some_and(self.engine.is_conflict) => {}
                Ok(_) | Err(_) => break,
            }
            if number >= AT_ONCE {
                self.pause().await;
            }
            result = attempt().await;
        }
        result.map_err(|error| SqlError::failed(self.engine, error))
    }

    /// Lets the database wait, since this crate has no timer of its own. It matters little if it cannot.
    async fn pause(&self) {
        let pause = Template::new(self.engine.pause, self.engine.parameters, Effect::Reads);
        let _ = self.driver.query(pause.with(Vec::new())).await;
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
