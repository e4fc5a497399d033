use std::sync::{Arc, OnceLock};

use async_lock::{Mutex, MutexGuard};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Row, Sqlite, SqlitePool};

use super::SqliteError;

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

/// What a commit waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Durability {
    /// The operating system has it: it survives the end of the process, and not a loss of power.
    System,
    /// The disk has it.
    Disk,
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

    /// The rows that a query finds, as of the latest commit.
    pub(crate) async fn read(&self, query: SqliteQuery) -> Result<Vec<SqliteRow>, SqliteError> {
        if self.is_in_memory().await? {
            self.write(query, Durability::System).await
        } else {
            Ok(query.fetch_all(&self.pool).await?)
        }
    }

    /// The connections of a database in memory share a cache, in which nobody waits for a lock: they fail.
    /// So there it reads, too, on the one connection.
    async fn is_in_memory(&self) -> Result<bool, SqliteError> {
        if let Some(is_in_memory) = self.is_in_memory.get() {
            return Ok(*is_in_memory);
        }
        let sql = "SELECT file = '' FROM pragma_database_list WHERE name = 'main'";
        let rows = self.write(sqlx::query(sql), Durability::System).await?;
        let is_in_memory = rows.first().map(|row| row.try_get(0)).transpose()?;
        Ok(*self
            .is_in_memory
            .get_or_init(|| is_in_memory.unwrap_or_default()))
    }

    /// Executes a query in a transaction of its own; the rows that it returns.
    ///
    /// All of them: one who takes only the first row never hears that the commit behind it failed.
    pub(crate) async fn write(
        &self,
        query: SqliteQuery,
        durability: Durability,
    ) -> Result<Vec<SqliteRow>, SqliteError> {
        let mut writer = self.writer().await?;
        let rows = query.fetch_all(writer.connection(durability).await?).await;
        writer.checked(rows)
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
