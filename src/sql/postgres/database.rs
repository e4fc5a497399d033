use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres};

use super::PostgresError;

/// A PostgreSQL database, through the host's pool. Each query is one statement, and a transaction of its own.
pub(crate) struct Database {
    pub(super) pool: PgPool,
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
        Self { pool }
    }

    /// The rows that a query returns.
    pub(crate) async fn fetch(
        &self,
        query: impl Fn() -> PgQuery + Send + Sync,
    ) -> Result<Vec<PgRow>, PostgresError> {
        for _ in 1..TRIES {
            match query().fetch_all(&self.pool).await {
                Err(error) if is_conflict(&error) => {}
                result => return Ok(result?),
            }
        }
        Ok(query().fetch_all(&self.pool).await?)
    }

    /// How many rows a query changed.
    pub(crate) async fn execute(
        &self,
        query: impl Fn() -> PgQuery + Send + Sync,
    ) -> Result<u64, PostgresError> {
        for _ in 1..TRIES {
            match query().execute(&self.pool).await {
                Err(error) if is_conflict(&error) => {}
                result => return Ok(result?.rows_affected()),
            }
        }
        Ok(query().execute(&self.pool).await?.rows_affected())
    }
}

/// `serialization_failure` or `deadlock_detected`: nothing was written.
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|refusal| refusal.code());
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}
