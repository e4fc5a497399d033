use std::sync::OnceLock;

use async_lock::{Mutex, MutexGuard};
use async_trait::async_trait;

use crate::sql::{Driver, DriverError, Statement, Value};

/// A host's pool.
pub(crate) trait Pool: Send + Sync {
    type Connection: Connection;

    /// A connection that is never given back.
    fn open(&self) -> impl Future<Output = Result<Self::Connection, DriverError>> + Send;

    /// The rows of a statement that changes nothing, on any connection.
    fn read(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Vec<Value>>, DriverError>> + Send;

    /// The error of a pool that is closed.
    fn closed(&self) -> Option<DriverError>;
}

/// A separate connection. It still works after a future is dropped, because the statement runs to its end.
pub(crate) trait Connection: Send {
    fn query(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Vec<Value>>, DriverError>> + Send;

    fn execute(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<u64, DriverError>> + Send;

    fn script(&mut self, sql: &str) -> impl Future<Output = Result<(), DriverError>> + Send;
}

/// A driver that reads on the host's pool, and writes on one connection of its own.
///
/// SQLite has one writer at a time, whatever a pool's size. Writers with a connection each would find the lock taken, and sleep.
/// Before one connection they queue, and the next one starts when the last one ends. The connection is not one of the pool,
/// because the driver changes the durability of its commits, which must not affect those of the host.
pub(crate) struct Writing<P: Pool> {
    pool: P,
    slot: Mutex<Option<Writer<P::Connection>>>,
    is_in_memory: OnceLock<bool>,
}

struct Writer<C> {
    connection: C,
    /// True if commits wait for the disk; `None` while that is being changed.
    is_durable: Option<bool>,
}

impl<P: Pool> Writing<P> {
    pub(crate) fn new(pool: P) -> Self {
        Self {
            pool,
            slot: Mutex::new(None),
            is_in_memory: OnceLock::new(),
        }
    }

    /// Connections to a database in memory share a cache, in which a call fails at a lock in place of waiting, or have
    /// a database each. So reads use the one connection as well.
    async fn is_in_memory(&self) -> Result<bool, DriverError> {
        if let Some(is_in_memory) = self.is_in_memory.get() {
            return Ok(*is_in_memory);
        }
        let statement = Statement {
            sql: "SELECT file = '' FROM pragma_database_list WHERE name = 'main'".into(),
            values: Vec::new(),
            writes: false,
            is_durable: false,
        };
        let rows = self.write(statement).await?;
        let is_in_memory = matches!(rows.as_slice(), [row] if *row == [Value::Integer(Some(1))]);
        Ok(*self.is_in_memory.get_or_init(|| is_in_memory))
    }

    async fn write(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let mut slot = self.writer(statement.is_durable).await?;
        let rows = match &mut *slot {
            Some(writer) => writer.connection.query(statement).await,
            None => Ok(Vec::new()),
        };
        closed_unless_it_works(&mut slot, rows)
    }

    /// The writer, for one caller at a time, in the order in which they ask.
    async fn writer(
        &self,
        is_durable: bool,
    ) -> Result<MutexGuard<'_, Option<Writer<P::Connection>>>, DriverError> {
        let mut slot = self.slot.lock().await;
        // A host that closes its pool expects the file to be free, so the connection goes as well.
        if let Some(error) = self.pool.closed() {
            *slot = None;
            return Err(error);
        }
        let writer = match slot.take() {
            Some(writer) => slot.insert(writer),
            None => {
                let mut connection = self.pool.open().await?;
                // Of many polls, SQLite would keep intermediate rows in a file, which takes longer than a poll.
                connection.script("PRAGMA temp_store = MEMORY").await?;
                slot.insert(Writer {
                    connection,
                    is_durable: None,
                })
            }
        };
        if writer.is_durable != Some(is_durable) {
            // Unknown until the `PRAGMA` has run: if this future is dropped in between, the next caller sets it again.
            writer.is_durable = None;
            let sql = if is_durable {
                "PRAGMA synchronous = FULL"
            } else {
                "PRAGMA synchronous = NORMAL"
            };
            writer.connection.script(sql).await?;
            writer.is_durable = Some(is_durable);
        }
        Ok(slot)
    }
}

#[async_trait]
impl<P: Pool> Driver for Writing<P> {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        if statement.writes || self.is_in_memory().await? {
            self.write(statement).await
        } else {
            self.pool.read(statement).await
        }
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        let mut slot = self.writer(statement.is_durable).await?;
        let changed = match &mut *slot {
            Some(writer) => writer.connection.execute(statement).await,
            None => Ok(0),
        };
        closed_unless_it_works(&mut slot, changed)
    }

    async fn script(&self, sql: &str) -> Result<(), DriverError> {
        let mut slot = self.writer(true).await?;
        // Put back if all is well: a connection that is dropped takes its transaction with it.
        let Some(mut writer) = slot.take() else {
            return Ok(());
        };
        writer.connection.script(sql).await?;
        *slot = Some(writer);
        Ok(())
    }
}

/// Closes the connection if it is not the database that failed.
fn closed_unless_it_works<C, T>(
    slot: &mut Option<Writer<C>>,
    result: Result<T, DriverError>,
) -> Result<T, DriverError> {
    // With a code, SQLite answered and the connection works. Without one, the connection itself failed.
    if matches!(&result, Err(error) if error.code().is_none()) {
        *slot = None;
    }
    result
}
