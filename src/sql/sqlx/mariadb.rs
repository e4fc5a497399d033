use std::sync::Arc;

use async_trait::async_trait;

use super::sqlx::mysql::MySqlDatabaseError;
use super::sqlx::{Connection, Error, Executor, MySqlPool, raw_sql};
use super::values::{failure, read};
use crate::sql::{Database, Driver, DriverError, Statement, Value};

/// MariaDB, through a pool of `sqlx`.
impl From<MySqlPool> for Database {
    fn from(pool: MySqlPool) -> Self {
        Self::mariadb(Sqlx { pool })
    }
}

struct Sqlx {
    pool: MySqlPool,
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
        // Not given back: it may hold a lock.
        let mut connection = self.pool.acquire().await.map_err(failed)?.detach();
        let sql = Arc::from(sql);
        let script = raw_sql(super::text(&sql));
        connection.execute(script).await.map_err(failed)?;
        connection.close().await.map_err(failed)
    }
}

fn failed(error: Error) -> DriverError {
    failure(error, |refusal| {
        let refusal = refusal.try_downcast_ref::<MySqlDatabaseError>()?;
        Some(refusal.number().to_string())
    })
}
