use std::sync::Arc;

use async_trait::async_trait;

use super::DriverError;

/// Executes SQL on your connections. Implement it for a pool for which this crate has no driver.
///
/// A driver binds values, executes statements, and reads rows; it contains no SQL. `examples/custom_driver.rs` is one
/// for a plain connection of `rusqlite`, with the conformance suites of [`testing`](crate::testing).
///
/// # Contract
///
/// 1. **A statement is a transaction.** It is executed outside of any other, and acknowledged only after its commit. So read
///    the rows to their end, where a failed commit is reported. *Broken: a decision is acknowledged and lost.*
/// 2. **The primary answers.** Each statement sees every commit that was acknowledged before. *Broken: a denied grant is
///    redeemed.*
/// 3. **The commit of a statement with [`Statement::is_durable`]** survives a crash, as far as the settings of the database
///    allow. *Broken: after a loss of power, tokens are issued twice.*
/// 4. **A dropped future leaves nothing open:** the statement is executed or not, and nobody else gets the connection
///    before it ends. *Broken: another caller's transaction contains the statement.*
/// 5. **[`DriverError`] distinguishes errors:** a refusal has the code of the database. *Broken: a lost connection
///    looks like a lasting error.*
#[async_trait]
pub trait Driver: Send + Sync {
    /// Executes a statement and returns its rows.
    ///
    /// # Errors
    ///
    /// [`DriverError`]. If the connection was lost, the statement may or may not have been executed.
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError>;

    /// Executes a statement and returns the number of rows that it wrote.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    async fn execute(&self, statement: Statement) -> Result<u64, DriverError>;

    /// Executes several statements, separated by semicolons and without parameters, one after the other on one
    /// connection. They begin and end their transaction themselves. After an error, skip the rest, and roll the transaction
    /// back before anybody else gets the connection.
    ///
    /// It is called when your server starts, to create and check tables.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    async fn script(&self, sql: &str) -> Result<(), DriverError>;
}

/// A statement with its parameters.
///
/// Each operation always has the same text. There are about twenty texts, so a driver can keep them prepared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Statement {
    /// The text in the engine's dialect. Parameters are `$1` in PostgreSQL, `?1` in SQLite and `?` in MariaDB.
    pub sql: Arc<str>,
    /// The parameters, in the order of their numbers.
    pub values: Vec<Value>,
    /// True if it may change rows. Otherwise a driver may use a read-only connection to the primary.
    pub writes: bool,
    /// True if its commit has to be on the disk before it is acknowledged. It is false for polls and limits.
    pub is_durable: bool,
}

/// The value of a parameter or of a column. There are no other types.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a driver converts each type, so another one breaks it"
)]
pub enum Value {
    /// An integer: `bigint` in PostgreSQL and MariaDB, `INTEGER` in SQLite. Widen narrower integers of a row.
    Integer(Option<i64>),
    /// Bytes: `bytea` in PostgreSQL, `BLOB` in SQLite, `VARBINARY` in MariaDB. Return text of a row as its bytes. `NULL` of any
    /// type may be `Bytes(None)`.
    Bytes(Option<Vec<u8>>),
}
