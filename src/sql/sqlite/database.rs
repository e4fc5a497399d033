use std::sync::{Arc, OnceLock};

use async_lock::{Mutex, MutexGuard};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, Sqlite, SqlitePool};

use super::SqliteError;
use crate::sql::{Call, Columns, Driver, Durability, Failure, Value};

/// A SQLite database: the host's pool for reading, and one connection of its own for writing.
///
/// SQLite has one writer at a time, whatever a pool's size. Writers with a connection each run into each other's
/// lock and sleep; before one connection they queue, and the next one starts when the last one is done. It
/// is of its own also because it changes how durable its commits are, which is none of the host's business.
pub(crate) struct Database {
    pool: SqlitePool,
    slot: Mutex<Option<Writer>>,
    is_in_memory: OnceLock<bool>,
}

struct Writer {
    connection: SqliteConnection,
    /// `None` while it is being changed.
    durability: Option<Durability>,
}

pub(crate) type SqliteQuery = Query<'static, Sqlite, SqliteArguments>;

impl Database {
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self {
            pool,
            slot: Mutex::new(None),
            is_in_memory: OnceLock::new(),
        }
    }

    /// The connections of a database in memory share a cache, in which nobody waits for a lock: they fail.
    /// So there it reads, too, on the one connection.
    async fn is_in_memory(&self) -> Result<bool, SqliteError> {
        if let Some(is_in_memory) = self.is_in_memory.get() {
            return Ok(*is_in_memory);
        }
        let sql = "SELECT file = '' FROM pragma_database_list WHERE name = 'main'";
        let call = || Call {
            sql: sql.into(),
            parameters: Vec::new(),
        };
        let rows = self.write(call, Durability::System).await?;
        let is_in_memory = rows.first().map(|row| row.try_get(0)).transpose()?;
        Ok(*self
            .is_in_memory
            .get_or_init(|| is_in_memory.unwrap_or_default()))
    }

    /// Executes a query in a transaction of its own; how many rows it changed.
    pub(crate) async fn execute(
        &self,
        query: SqliteQuery,
        durability: Durability,
    ) -> Result<u64, SqliteError> {
        let mut writer = self.writer().await?;
        let result = query.execute(writer.connection(durability).await?).await;
        Ok(writer.checked(result)?.rows_affected())
    }

    /// The writer, for one caller at a time, in the order in which they ask.
    pub(crate) async fn writer(&self) -> Result<WriterGuard<'_>, SqliteError> {
        let mut slot = self.slot.lock().await;
        if self.pool.is_closed() {
            *slot = None;
            return Err(sqlx::Error::PoolClosed.into());
        }
        Ok(WriterGuard {
            options: self.pool.connect_options(),
            slot,
        })
    }
}

impl Driver for Database {
    type Row = SqliteRow;
    type Error = SqliteError;

    async fn read(
        &self,
        call: impl Fn() -> Call + Send + Sync,
    ) -> Result<Vec<SqliteRow>, SqliteError> {
        if self.is_in_memory().await? {
            self.write(call, Durability::System).await
        } else {
            Ok(query(call()).fetch_all(&self.pool).await?)
        }
    }

    async fn write(
        &self,
        call: impl Fn() -> Call + Send + Sync,
        durability: Durability,
    ) -> Result<Vec<SqliteRow>, SqliteError> {
        let mut writer = self.writer().await?;
        let connection = writer.connection(durability).await?;
        let rows = query(call()).fetch_all(connection).await;
        writer.checked(rows)
    }

    async fn execute(
        &self,
        call: impl Fn() -> Call + Send + Sync,
        durability: Durability,
    ) -> Result<u64, SqliteError> {
        let mut writer = self.writer().await?;
        let connection = writer.connection(durability).await?;
        let result = query(call()).execute(connection).await;
        Ok(writer.checked(result)?.rows_affected())
    }
}

fn query(call: Call) -> SqliteQuery {
    let query = sqlx::query(AssertSqlSafe(call.sql));
    let bind = |query: SqliteQuery, value| match value {
        Value::Integer(integer) => query.bind(integer),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Now(micros) => query.bind(micros),
    };
    call.parameters.into_iter().fold(query, bind)
}

impl Columns for SqliteRow {
    fn integer(&self, column: usize) -> Result<Option<i64>, Failure> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Failure> {
        Ok(self.try_get(column)?)
    }
}

/// The writer, for as long as this lives.
///
/// A future that is dropped in between leaves a connection that works: its statement ends by itself.
pub(crate) struct WriterGuard<'a> {
    options: Arc<SqliteConnectOptions>,
    slot: MutexGuard<'a, Option<Writer>>,
}

impl WriterGuard<'_> {
    /// The connection, with this durability.
    pub(crate) async fn connection(
        &mut self,
        durability: Durability,
    ) -> Result<&mut SqliteConnection, SqliteError> {
        let writer = match self.slot.take() {
            Some(writer) => self.slot.insert(writer),
            None => self.slot.insert(Writer {
                connection: self.options.connect().await?,
                durability: None,
            }),
        };
        if writer.durability != Some(durability) {
            writer.durability = None;
            // Not as a cached statement: this pragma acts when it is prepared.
            sqlx::raw_sql(durability.pragma())
                .execute(&mut writer.connection)
                .await?;
            writer.durability = Some(durability);
        }
        Ok(&mut writer.connection)
    }

    /// Closes the connection if it is not the database that failed.
    pub(crate) fn checked<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, SqliteError> {
        if matches!(&result, Err(error) if error.as_database_error().is_none()) {
            *self.slot = None;
        }
        Ok(result?)
    }
}

impl Durability {
    const fn pragma(self) -> &'static str {
        match self {
            Self::System => "PRAGMA synchronous = NORMAL",
            Self::Disk => "PRAGMA synchronous = FULL",
        }
    }
}
