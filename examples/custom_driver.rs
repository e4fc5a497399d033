//! A host's own driver: store and limiter on a plain connection of `rusqlite`, held to their contracts by the tests at the end.
//!
//! `cargo test --example custom_driver --features sql,testing` runs them, and `cargo run` instead of `cargo test` a check.

#![expect(clippy::print_stdout, reason = "a program speaks to its terminal")]

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use device_grant::host::{GrantStore, Limiter, async_trait};
use device_grant::limiter::SqlLimiter;
use device_grant::sql::{Database, Driver, DriverError, Statement, Value};
use device_grant::store::SqlStore;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

/// One connection for all calls. Its commits wait for the disk: SQLite's default is `synchronous = FULL`.
struct Rusqlite(Arc<Mutex<Connection>>);

impl Rusqlite {
    fn new(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(connection)))
    }

    /// Runs a closure where it may block. A call that is dropped goes on there, and ends what it began.
    async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, DriverError> {
        let connection = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            call(&connection.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await
            .map_err(DriverError::unreachable)?
            .map_err(failed)
    }
}

#[async_trait]
impl Driver for Rusqlite {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let rows = self.run(move |connection| {
            let mut prepared = connection.prepare_cached(&statement.sql)?;
            let columns = prepared.column_count();
            let values = params_from_iter(statement.values.into_iter().map(bound));
            let rows = prepared.query_map(values, |row| {
                (0..columns).map(|column| read(row, column)).collect()
            })?;
            // To the end, where a failed commit is reported.
            rows.collect()
        });
        rows.await
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        let changed = self.run(move |connection| {
            let values = params_from_iter(statement.values.into_iter().map(bound));
            connection.prepare_cached(&statement.sql)?.execute(values)
        });
        changed.await?.try_into().map_err(DriverError::unreadable)
    }

    async fn script(&self, sql: &str) -> Result<(), DriverError> {
        let sql = sql.to_owned();
        let done = self.run(move |connection| {
            let done = connection.execute_batch(&sql);
            if done.is_err() && !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            done
        });
        done.await
    }
}

fn bound(value: Value) -> SqlValue {
    match value {
        Value::Integer(integer) => integer.map_or(SqlValue::Null, SqlValue::Integer),
        Value::Bytes(bytes) => bytes.map_or(SqlValue::Null, SqlValue::Blob),
    }
}

fn read(row: &Row<'_>, column: usize) -> Result<Value, rusqlite::Error> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(integer) => Value::Integer(Some(integer)),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::Bytes(Some(bytes.to_vec())),
        // No column has floating-point numbers.
        ValueRef::Null | ValueRef::Real(_) => Value::Bytes(None),
    })
}

/// By SQLite's result code, if there is one.
fn failed(error: rusqlite::Error) -> DriverError {
    // What is wrong with a statement is a variant of its own in some builds of `rusqlite`, with the code as its source.
    let cause = || error.source()?.downcast_ref::<rusqlite::ffi::Error>();
    let code = error.sqlite_error().or_else(cause);
    match code.map(|error| error.extended_code) {
        Some(code) => DriverError::refused(code.to_string(), error),
        None => DriverError::unreachable(error),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::sqlite(Rusqlite::new(Connection::open_in_memory()?));
    database.migrate().await?;
    SqlStore::new(database.clone()).check().await?;
    SqlLimiter::new(database).check().await?;
    println!("the store and the limiter can do their work");
    Ok(())
}

#[cfg(test)]
mod tests {
    use device_grant::testing::ManualClock;

    use super::*;

    async fn database() -> Database {
        let connection = Connection::open_in_memory().unwrap();
        let database = Database::sqlite(Rusqlite::new(connection));
        database.migrate().await.unwrap();
        database
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Runtime::new().unwrap().block_on(work)
    }

    async fn store(clock: ManualClock) -> ((), SqlStore) {
        ((), SqlStore::new(database().await).with_clock(clock))
    }

    async fn limiter(clock: ManualClock) -> ((), SqlLimiter) {
        ((), SqlLimiter::new(database().await).with_clock(clock))
    }

    device_grant::store_conformance_tests!(store, block_on = block_on);
    device_grant::limiter_conformance_tests!(limiter, block_on = block_on);
}
