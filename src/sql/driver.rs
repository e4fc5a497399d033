use std::sync::Arc;

use async_trait::async_trait;

use super::DriverError;

/// Executes SQL on the host's connections. Implement it for a pool that has no driver here.
///
/// A driver binds values, executes, and reads rows. It knows no tables and writes no SQL. `examples/custom_driver.rs` is one
/// for a plain connection of `rusqlite`, and the conformance suites of [`testing`](crate::testing) try it.
///
/// # Contract
///
/// 1. **A statement is a transaction.** It is executed outside of any other, and acknowledged only when its commit is:
///    rows are read to their end, where a failed commit is reported. *Broken: a decision is acknowledged and lost.*
/// 2. **The primary answers.** Each statement sees every commit that was acknowledged before. *Broken: a denied grant is
///    redeemed.*
/// 3. **[`Statement::is_durable`]** is kept: such a commit survives a crash, as far as the host's settings go. *Broken:
///    after a loss of power, tokens are issued twice.*
/// 4. **A dropped future** leaves nothing behind: the statement happens or does not, and the connection is not given to
///    anybody else in the middle of it. *Broken: a stranger's transaction holds the statement.*
/// 5. **Errors are told apart** by [`DriverError`]: a code of the database for what it refused. *Broken: a lost connection
///    looks like a lasting fault.*
#[async_trait]
pub trait Driver: Send + Sync {
    /// Executes a statement and returns its rows.
    ///
    /// # Errors
    ///
    /// [`DriverError`]. It is unknown whether the statement was executed if the connection was lost.
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError>;

    /// Executes a statement and returns the number of rows that it found and wrote.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    async fn execute(&self, statement: Statement) -> Result<u64, DriverError>;

    /// Executes several statements, separated by semicolons and without parameters, one after the other on one
    /// connection. They begin and end their transaction themselves. After an error the rest is left out, and the
    /// transaction is rolled back before anybody else has the connection.
    ///
    /// Called when the host starts, to create tables and to check them.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    async fn script(&self, sql: &str) -> Result<(), DriverError>;
}

/// A statement with its parameters.
///
/// Each operation always has the same text, of which there are some twenty: a driver may keep it prepared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Statement {
    /// The text in the engine's dialect. Parameters are `$1` in PostgreSQL, `?1` in SQLite and `?` in MariaDB.
    pub sql: Arc<str>,
    /// The parameters, in the order of their numbers.
    pub values: Vec<Value>,
    /// True if it may change rows. Otherwise any connection to the primary will do, even one that only reads.
    pub writes: bool,
    /// True if its commit has to be on the disk when it is acknowledged. Polls and limits need not be.
    pub is_durable: bool,
}

/// A parameter, or a column of a row. No other types are used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver converts each type, so another one breaks it"
)]
pub enum Value {
    /// `bigint` in PostgreSQL and MariaDB, `INTEGER` in SQLite. Narrower integers in a row are widened.
    Integer(Option<i64>),
    /// `bytea` in PostgreSQL, `BLOB` in SQLite, `VARBINARY` in MariaDB. Text in a row comes as its bytes, and `NULL` of any
    /// type may come as `Bytes(None)`.
    Bytes(Option<Vec<u8>>),
}
