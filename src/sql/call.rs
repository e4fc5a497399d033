use std::sync::Arc;

use super::{Columns, UnreadableColumn};
use crate::host::PortError;

/// A statement with its parameters in their order. Every driver can bind these.
pub(crate) struct Call {
    pub(crate) sql: Arc<str>,
    pub(crate) parameters: Vec<Value>,
}

/// A parameter.
pub(crate) enum Value {
    Integer(i64),
    /// UTF-8, in which PostgreSQL takes no NUL: there it is bytes.
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    /// The time by the given clock; `None` for the server's own.
    Now(Option<i64>),
}

/// The durability of an acknowledged statement, for engines that can be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Durability {
    /// The operating system has it: it survives the end of the process, and not a loss of power.
    System,
    /// The disk has it.
    Disk,
}

/// Executes statements, each in a transaction of its own.
pub(crate) trait Driver: Send + Sync {
    type Row: Columns + Send;
    type Error: From<UnreadableColumn> + Into<PortError> + Send;

    /// The rows that a statement finds, as of the latest commit.
    fn read(
        &self,
        call: impl Fn() -> Call + Send + Sync,
    ) -> impl Future<Output = Result<Vec<Self::Row>, Self::Error>> + Send;

    /// The rows that a statement returns, all of them: a failed commit is reported behind the last one.
    ///
    /// The call is made when a connection is there, so that its time is not from before a wait.
    fn write(
        &self,
        call: impl Fn() -> Call + Send + Sync,
        durability: Durability,
    ) -> impl Future<Output = Result<Vec<Self::Row>, Self::Error>> + Send;

    /// The number of rows that a statement changed.
    fn execute(
        &self,
        call: impl Fn() -> Call + Send + Sync,
        durability: Durability,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send;
}
