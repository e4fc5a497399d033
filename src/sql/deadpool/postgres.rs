use async_trait::async_trait;
use deadpool_postgres::tokio_postgres::types::{ToSql, Type};
use deadpool_postgres::tokio_postgres::{Column, Error, Row, Statement as Prepared};
use deadpool_postgres::{Client, Object, Pool, PoolError};

use crate::sql::{Database, Driver, DriverError, Statement, Value};

/// PostgreSQL, through a pool of `deadpool-postgres`.
impl From<Pool> for Database {
    fn from(pool: Pool) -> Self {
        Self::postgres(Deadpool { pool })
    }
}

struct Deadpool {
    pool: Pool,
}

#[async_trait]
impl Driver for Deadpool {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let client = self.client().await?;
        let prepared = prepare(&client, &statement).await?;
        let rows = client
            .query(&prepared, &parameters(&statement.values))
            .await;
        rows.map_err(failed)?.iter().map(read).collect()
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        let client = self.client().await?;
        let prepared = prepare(&client, &statement).await?;
        let changed = client
            .execute(&prepared, &parameters(&statement.values))
            .await;
        changed.map_err(failed)
    }

    async fn script(&self, sql: &str) -> Result<(), DriverError> {
        // Not given back: it may be in the middle of a transaction.
        let client = Object::take(self.client().await?);
        client.batch_execute(sql).await.map_err(failed)
    }
}

impl Deadpool {
    async fn client(&self) -> Result<Client, DriverError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => failed(error),
            error @ (PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_)) => DriverError::unreachable(error),
        })
    }
}

/// Prepared once on each connection.
async fn prepare(client: &Client, statement: &Statement) -> Result<Prepared, DriverError> {
    let type_of = |value: &Value| match value {
        Value::Integer(_) => Type::INT8,
        Value::Bytes(_) => Type::BYTEA,
    };
    let types: Vec<Type> = statement.values.iter().map(type_of).collect();
    let prepared = client.prepare_typed_cached(&statement.sql, &types).await;
    prepared.map_err(failed)
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(parameter).collect()
}

fn parameter(value: &Value) -> &(dyn ToSql + Sync) {
    match value {
        Value::Integer(integer) => integer,
        Value::Bytes(bytes) => bytes,
    }
}

fn read(row: &Row) -> Result<Vec<Value>, DriverError> {
    let value = |(place, column): (usize, &Column)| {
        if *column.type_() == Type::INT8 {
            row.try_get(place).map(Value::Integer)
        } else {
            row.try_get(place).map(Value::Bytes)
        }
    };
    let values = row.columns().iter().enumerate().map(value);
    values
        .collect::<Result<_, _>>()
        .map_err(DriverError::unreadable)
}

fn failed(error: Error) -> DriverError {
    match error.code().map(|code| code.code().to_owned()) {
        Some(code) => DriverError::refused(code, error),
        None => DriverError::unreachable(error),
    }
}
