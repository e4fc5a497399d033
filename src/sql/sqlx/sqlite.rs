use std::sync::Arc;

use super::sqlx::{Error, Executor, raw_sql};
use super::sqlx_sqlite::{SqliteConnection, SqlitePool};
use super::values::{failure, read};
use crate::sql::sqlite::{Connection, Pool, Writing};
use crate::sql::{Database, DriverError, Statement, Value};

/// SQLite, through a pool of `sqlx`.
impl From<SqlitePool> for Database {
    fn from(pool: SqlitePool) -> Self {
        Self::sqlite(Writing::new(pool))
    }
}

impl Pool for SqlitePool {
    type Connection = SqliteConnection;

    async fn open(&self) -> Result<SqliteConnection, DriverError> {
        let connection = self.acquire().await.map_err(failed)?;
        Ok(connection.detach())
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let Statement { sql, values, .. } = statement;
        read(query!(sql, values).fetch_all(self).await.map_err(failed)?)
    }

    fn closed(&self) -> Option<DriverError> {
        self.is_closed().then(|| failed(Error::PoolClosed))
    }
}

impl Connection for SqliteConnection {
    async fn query(&mut self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let Statement { sql, values, .. } = statement;
        read(query!(sql, values).fetch_all(self).await.map_err(failed)?)
    }

    async fn execute(&mut self, statement: Statement) -> Result<u64, DriverError> {
        let Statement { sql, values, .. } = statement;
        let done = query!(sql, values).execute(self).await.map_err(failed)?;
        Ok(done.rows_affected())
    }

    async fn script(&mut self, sql: &str) -> Result<(), DriverError> {
        let sql = Arc::from(sql);
        let script = raw_sql(super::text(&sql));
        Executor::execute(self, script).await.map_err(failed)?;
        Ok(())
    }
}

fn failed(error: Error) -> DriverError {
    failure(error, |refusal| refusal.code().map(String::from))
}
