use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row};

use super::PostgresError;
use super::lender::{Lender, Loan};
use crate::sql::{Call, Columns, Driver, Durability, Failure, Value};

/// A PostgreSQL database, through the host's pool. Each query is one statement, and a transaction of its own.
pub(crate) struct Database {
    lender: Lender,
}

pub(crate) type PgQuery = Query<'static, Postgres, PgArguments>;

/// How often a statement is tried that runs into others on the same row.
///
/// That only fails where the host's default isolation is stricter than READ COMMITTED: there, one who had to
/// wait for a row is not let continue with its latest version. Each failure means that another statement
/// succeeded, so the tries end once the rush on this row is over.
const TRIES: usize = 64;

impl Database {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            lender: Lender::new(pool),
        }
    }

    pub(super) fn pool(&self) -> &PgPool {
        self.lender.pool()
    }

    /// The rows that a query returns.
    pub(crate) async fn fetch(
        &self,
        query: impl Fn() -> PgQuery + Send + Sync,
    ) -> Result<Vec<PgRow>, PostgresError> {
        let mut loan = self.lender.lend().await?;
        let mut rows = query().fetch_all(loan.connection()).await;
        for _ in 1..TRIES {
            if !is_conflict(&rows) {
                break;
            }
            rows = query().fetch_all(loan.connection()).await;
        }
        self.end(loan, rows)
    }

    /// How many rows a query changed.
    pub(crate) async fn execute(
        &self,
        query: impl Fn() -> PgQuery + Send + Sync,
    ) -> Result<u64, PostgresError> {
        let mut loan = self.lender.lend().await?;
        let mut result = query().execute(loan.connection()).await;
        for _ in 1..TRIES {
            if !is_conflict(&result) {
                break;
            }
            result = query().execute(loan.connection()).await;
        }
        Ok(self.end(loan, result)?.rows_affected())
    }

    /// Gives the connection back, unless something is wrong: then the pool is to look after it.
    fn end<T>(&self, loan: Loan, result: Result<T, sqlx::Error>) -> Result<T, PostgresError> {
        let done = result?;
        self.lender.give_back(loan);
        Ok(done)
    }
}

/// As durable as the host has it, but for polls, whose statement says otherwise.
impl Driver for Database {
    type Row = PgRow;
    type Error = PostgresError;

    async fn read(
        &self,
        call: impl Fn() -> Call + Send + Sync,
    ) -> Result<Vec<PgRow>, PostgresError> {
        self.fetch(|| query(call())).await
    }

    async fn write(
        &self,
        call: impl Fn() -> Call + Send + Sync,
        _: Durability,
    ) -> Result<Vec<PgRow>, PostgresError> {
        self.fetch(|| query(call())).await
    }

    async fn execute(
        &self,
        call: impl Fn() -> Call + Send + Sync,
        _: Durability,
    ) -> Result<u64, PostgresError> {
        self.execute(|| query(call())).await
    }
}

fn query(call: Call) -> PgQuery {
    let query = sqlx::query(AssertSqlSafe(call.sql));
    let bind = |query: PgQuery, value| match value {
        Value::Integer(integer) => query.bind(integer),
        Value::Text(text) => query.bind(text.map(String::into_bytes)),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Now(micros) => query.bind(micros),
    };
    call.parameters.into_iter().fold(query, bind)
}

impl Columns for PgRow {
    fn integer(&self, column: usize) -> Result<Option<i64>, Failure> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Failure> {
        Ok(self.try_get(column)?)
    }
}

/// Whether it is a `serialization_failure` or a `deadlock_detected`: nothing was written.
fn is_conflict<T>(result: &Result<T, sqlx::Error>) -> bool {
    let Err(error) = result else {
        return false;
    };
    let code = error.as_database_error().and_then(|refusal| refusal.code());
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}
