use std::error::Error as StdError;
use std::ops::Deref;
use std::sync::OnceLock;

use deadpool_sqlite::rusqlite::types::{Value as SqlValue, ValueRef};
use deadpool_sqlite::rusqlite::{self, Error, Row, ffi, params_from_iter};
use deadpool_sqlite::{InteractError, Object, Pool as HostPool, PoolError};
use tokio::runtime::Handle;

use crate::sql::sqlite::{Connection, Pool, Writing};
use crate::sql::{Database, DriverError, Statement, Value};

/// SQLite, through a pool of `deadpool-sqlite`.
impl From<HostPool> for Database {
    fn from(pool: HostPool) -> Self {
        Self::sqlite(Writing::new(InRuntime::new(pool)))
    }
}

/// A connection that is not the pool's any more.
type Taken = <Object as Deref>::Target;

/// Drops its value in the runtime in which it was used: connections of `deadpool-sqlite` close on a task of the
/// runtime, and panic without one.
struct InRuntime<T> {
    value: Option<T>,
    runtime: OnceLock<Handle>,
}

impl<T> InRuntime<T> {
    fn new(value: T) -> Self {
        Self {
            value: Some(value),
            runtime: Handle::try_current().map_or_else(|_| OnceLock::new(), OnceLock::from),
        }
    }

    /// The value, of which every use takes note of the runtime.
    fn get(&self) -> Result<&T, DriverError> {
        if let Ok(runtime) = Handle::try_current() {
            self.runtime.get_or_init(|| runtime);
        }
        let value = self.value.as_ref();
        value.ok_or_else(|| DriverError::unreachable("it is being dropped"))
    }
}

impl<T> Drop for InRuntime<T> {
    fn drop(&mut self) {
        let _runtime = self.runtime.get().map(Handle::enter);
        self.value = None;
    }
}

impl Pool for InRuntime<HostPool> {
    type Connection = InRuntime<Taken>;

    async fn open(&self) -> Result<Self::Connection, DriverError> {
        let connection = self.get()?.get().await.map_err(not_given)?;
        Ok(InRuntime::new(Object::take(connection)))
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let connection = self.get()?.get().await.map_err(not_given)?;
        // The closure runs to its end on a thread of its own, also if this future is dropped.
        let rows = connection.interact(|connection| query(connection, statement));
        rows.await.map_err(interrupted)?
    }

    fn closed(&self) -> Option<DriverError> {
        let is_closed = self.value.as_ref().is_none_or(HostPool::is_closed);
        is_closed.then(|| DriverError::unreachable("the pool is closed"))
    }
}

impl Connection for InRuntime<Taken> {
    async fn query(&mut self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let rows = self
            .get()?
            .interact(|connection| query(connection, statement));
        rows.await.map_err(interrupted)?
    }

    async fn execute(&mut self, statement: Statement) -> Result<u64, DriverError> {
        let changed = self.get()?.interact(move |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            prepared.execute(params_from_iter(statement.values.into_iter().map(bound)))
        });
        let changed = changed.await.map_err(interrupted)?.map_err(failed)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    async fn script(&mut self, sql: &str) -> Result<(), DriverError> {
        let sql = sql.to_owned();
        let done = self
            .get()?
            .interact(move |connection| connection.execute_batch(&sql));
        done.await.map_err(interrupted)?.map_err(failed)
    }
}

fn query(
    connection: &rusqlite::Connection,
    statement: Statement,
) -> Result<Vec<Vec<Value>>, DriverError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(failed)?;
    let columns = prepared.column_count();
    let values = params_from_iter(statement.values.into_iter().map(bound));
    let mut rows = prepared.query(values).map_err(failed)?;
    let mut found = Vec::new();
    // To the end: a statement with `RETURNING` commits at its last step, and reports there if it could not.
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..columns).map(|column| read(row, column));
        found.push(values.collect::<Result<_, _>>()?);
    }
    Ok(found)
}

fn bound(value: Value) -> SqlValue {
    match value {
        Value::Integer(integer) => integer.map_or(SqlValue::Null, SqlValue::Integer),
        Value::Bytes(bytes) => bytes.map_or(SqlValue::Null, SqlValue::Blob),
    }
}

fn read(row: &Row<'_>, column: usize) -> Result<Value, DriverError> {
    match row.get_ref(column).map_err(failed)? {
        ValueRef::Null => Ok(Value::Bytes(None)),
        ValueRef::Integer(integer) => Ok(Value::Integer(Some(integer))),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(Value::Bytes(Some(bytes.to_vec()))),
        ValueRef::Real(_) => Err(DriverError::unreadable("it is a floating-point number")),
    }
}

fn not_given(error: PoolError) -> DriverError {
    match error {
        PoolError::Backend(error) => failed(error),
        error @ (PoolError::Timeout(_)
        | PoolError::Closed
        | PoolError::NoRuntimeSpecified
        | PoolError::PostCreateHook(_)) => DriverError::unreachable(error),
    }
}

fn failed(error: Error) -> DriverError {
    // In some builds of `rusqlite`, the error of a statement is another variant, with the code in its source.
    let cause = || StdError::source(&error)?.downcast_ref::<ffi::Error>();
    let code = error.sqlite_error().or_else(cause);
    match code.map(|ffi::Error { extended_code, .. }| extended_code.to_string()) {
        Some(code) => DriverError::refused(code, error),
        None => DriverError::unreachable(error),
    }
}

/// Makes the error of a closure that panicked, or of a connection that is closed. The panic's value may not leave its thread.
fn interrupted(error: InteractError) -> DriverError {
    DriverError::unreachable(error.to_string())
}
