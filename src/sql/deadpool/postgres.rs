use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use deadpool_postgres::tokio_postgres::tls::TlsStream;
use deadpool_postgres::tokio_postgres::types::{ToSql, Type};
use deadpool_postgres::tokio_postgres::{
    AsyncMessage, Client as Bare, Column, Connection, Error, Row, Socket, Statement as Prepared,
};
use deadpool_postgres::{Client, Object, Pool, PoolError};

use crate::sql::{Database, Driver, DriverError, Listener, Statement, Value};

/// PostgreSQL, through a pool of `deadpool-postgres`.
impl From<Pool> for Database {
    fn from(pool: Pool) -> Self {
        Self::postgres(Deadpool { pool })
    }
}

impl Database {
    /// Sets a function that opens connections for notifications, so that the store has an
    /// [`announcer`](crate::store::SqlStore::announcer). A pool of `deadpool-postgres` offers no connection to listen on.
    ///
    /// Each node keeps one such connection, and opens another when it fails. A pool of `sqlx` needs no such function.
    ///
    /// ```no_run
    /// # fn start(pool: deadpool_postgres::Pool) -> Result<(), Box<dyn std::error::Error>> {
    /// use deadpool_postgres::tokio_postgres::{Config, NoTls};
    /// use device_grant::sql::Database;
    ///
    /// let config: Config = "host=db.example user=as dbname=as".parse()?;
    /// let database = Database::from(pool).hearing_by(move || {
    ///     let config = config.clone();
    ///     async move { config.connect(NoTls).await }
    /// });
    /// # let _ = database;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn hearing_by<F, Connecting, S>(self, connect: F) -> Self
    where
        F: Fn() -> Connecting + Send + Sync + 'static,
        Connecting: Future<Output = Result<(Bare, Connection<Socket, S>), Error>> + Send + 'static,
        S: TlsStream + Send + Unpin + 'static,
    {
        self.listening(OwnConnections { connect })
    }
}

/// Listens on connections that are no pool's.
struct OwnConnections<F> {
    connect: F,
}

#[async_trait]
impl<F, Connecting, S> Listener for OwnConnections<F>
where
    F: Fn() -> Connecting + Send + Sync,
    Connecting: Future<Output = Result<(Bare, Connection<Socket, S>), Error>> + Send,
    S: TlsStream + Send + Unpin,
{
    async fn listen(
        &self,
        channel: &str,
        heard: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<(), DriverError> {
        // The client lives as long as `listen`: `tokio-postgres` ends a connection whose client is dropped.
        let (client, mut connection) = (self.connect)().await.map_err(failed)?;
        let statement = format!("LISTEN \"{channel}\"");
        let mut listen = pin!(client.batch_execute(&statement));
        let mut is_listening = false;
        // The statement is sent only while the connection is polled, so the two are polled together.
        let ended = poll_fn(|context| {
            if !is_listening && let Poll::Ready(done) = listen.as_mut().poll(context) {
                if let Err(error) = done {
                    return Poll::Ready(Err(error));
                }
                is_listening = true;
            }
            hear(&mut connection, heard, context)
        });
        ended.await.map_err(failed)
    }
}

/// Reports the notifications that have arrived. It is ready when the connection has ended.
fn hear<S: TlsStream + Unpin>(
    connection: &mut Connection<Socket, S>,
    heard: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    context: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    loop {
        match connection.poll_message(context) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(news)))) => heard(news.payload()),
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
            Poll::Ready(None) => return Poll::Ready(Ok(())),
            Poll::Pending => return Poll::Pending,
        }
    }
}

struct Deadpool {
    pool: Pool,
}

#[async_trait]
impl Driver for Deadpool {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        // If this future is dropped, `tokio-postgres` still reads the answer, and the next caller's statement comes
        // after it.
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
    // Types that are given: PostgreSQL may infer another one, and then the value cannot be bound.
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
        // Statements return two types only: `bigint` and `bytea`.
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
