use std::sync::Arc;

use async_trait::async_trait;

use super::sqlx::postgres::PgListener;
use super::sqlx::{Connection, Error, Executor, PgPool, raw_sql};
use super::values::{failure, read};
use crate::sql::{Database, Driver, DriverError, Listener, Statement, Value};

/// PostgreSQL, through a pool of `sqlx`.
///
/// ```no_run
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// use device_grant::sql::Database;
/// use sqlx::postgres::PgPoolOptions;
///
/// let pool = PgPoolOptions::new()
///     .test_before_acquire(false)
///     .connect("postgres://as@db.example/as")
///     .await?;
/// Database::from(pool).migrate().await?;
/// # Ok(())
/// # }
/// ```
impl From<PgPool> for Database {
    fn from(pool: PgPool) -> Self {
        Self::postgres(Sqlx { pool: pool.clone() }).listening(pool)
    }
}

struct Sqlx {
    pool: PgPool,
}

#[async_trait]
impl Driver for Sqlx {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let Statement { sql, values, .. } = statement;
        let rows = query!(sql, values).fetch_all(&self.pool).await;
        read(rows.map_err(failed)?)
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        let Statement { sql, values, .. } = statement;
        let done = query!(sql, values).execute(&self.pool).await;
        Ok(done.map_err(failed)?.rows_affected())
    }

    async fn script(&self, sql: &str) -> Result<(), DriverError> {
        let connection = self.pool.acquire().await.map_err(failed)?;
        // Not given back: it may be in the middle of a transaction.
        let mut connection = connection.detach();
        let sql = Arc::from(sql);
        let script = raw_sql(super::text(&sql));
        connection.execute(script).await.map_err(failed)?;
        connection.close().await.map_err(failed)
    }
}

#[async_trait]
impl Listener for PgPool {
    async fn listen(
        &self,
        channel: &str,
        heard: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<(), DriverError> {
        let mut listener = PgListener::connect_with(self).await.map_err(failed)?;
        listener.listen(channel).await.map_err(failed)?;
        loop {
            // It connects anew when the connection is lost.
            heard(listener.recv().await.map_err(failed)?.payload());
        }
    }
}

fn failed(error: Error) -> DriverError {
    failure(error, |refusal| refusal.code().map(String::from))
}
