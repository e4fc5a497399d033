use sqlx::error::DatabaseError;

use crate::host::PortError;
use crate::sql::{UnreadableColumn, is_about_a_row};

/// What can go wrong with SQLite, each with what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqliteError {
    #[error(
        "the database is locked by another writer for longer than the busy timeout: shorten its transactions"
    )]
    Busy(#[source] sqlx::Error),
    #[error("the database is read-only: let this process write to the file and to its directory")]
    ReadOnly(#[source] sqlx::Error),
    #[error("the disk is full: free some space, and run `purge` regularly")]
    Full(#[source] sqlx::Error),
    #[error(
        "the database cannot be reached: is the file there, may this process open it, is a connection free?"
    )]
    Unreachable(#[source] sqlx::Error),
    #[error(
        "the tables are missing or not as they should be: call `migrate`, or apply the files of migrations/sqlite"
    )]
    Tables(#[source] sqlx::Error),
    #[error(
        "the tables have version {found}, and version {expected} is needed: call `migrate`, or apply the files of migrations/sqlite"
    )]
    OldTables { found: i64, expected: i64 },
    #[error(
        "the tables have version {found}, and this version of device-grant knows {expected}: update it on this node"
    )]
    NewTables { found: i64, expected: i64 },
    #[error(
        "the database is in journal mode {0}, and WAL is needed: put it in a file on a local disk, and call `migrate`, \
         or execute `PRAGMA journal_mode = WAL`"
    )]
    JournalMode(String),
    #[error("the file is no SQLite database: is the path right?")]
    NoDatabase(#[source] sqlx::Error),
    #[error("the database file is damaged: restore it from a backup")]
    Damaged(#[source] sqlx::Error),
    #[error(transparent)]
    Column(UnreadableColumn),
    #[error("a row cannot be read: was the table changed by other means?")]
    Row(#[source] sqlx::Error),
    #[error("SQLite refuses")]
    Other(#[source] sqlx::Error),
}

impl SqliteError {
    /// Whether the same call may succeed later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Busy(_) | Self::ReadOnly(_) | Self::Full(_) | Self::Unreachable(_) => true,
            Self::Tables(_)
            | Self::OldTables { .. }
            | Self::NewTables { .. }
            | Self::JournalMode(_)
            | Self::NoDatabase(_)
            | Self::Damaged(_)
            | Self::Column(_)
            | Self::Row(_)
            | Self::Other(_) => false,
        }
    }
}

impl From<sqlx::Error> for SqliteError {
    fn from(error: sqlx::Error) -> Self {
        let Some(refusal) = error.as_database_error() else {
            return if is_about_a_row(&error) {
                Self::Row(error)
            } else {
                Self::Unreachable(error)
            };
        };
        match result_code(refusal) {
            // SQLITE_ERROR: a statement does not fit the tables.
            1 => Self::Tables(error),
            // SQLITE_BUSY, SQLITE_LOCKED
            5 | 6 => Self::Busy(error),
            // SQLITE_READONLY
            8 => Self::ReadOnly(error),
            // SQLITE_CORRUPT
            11 => Self::Damaged(error),
            // SQLITE_NOTADB
            26 => Self::NoDatabase(error),
            // SQLITE_FULL
            13 => Self::Full(error),
            // SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL
            7 | 9 | 10 | 14 | 15 => Self::Unreachable(error),
            _ => Self::Other(error),
        }
    }
}

impl From<UnreadableColumn> for SqliteError {
    fn from(error: UnreadableColumn) -> Self {
        Self::Column(error)
    }
}

impl From<SqliteError> for PortError {
    fn from(error: SqliteError) -> Self {
        if error.is_passing() {
            Self::unavailable(error)
        } else {
            Self::broken(error)
        }
    }
}

/// SQLite's primary result code; the extended one has more in its higher bits.
fn result_code(refusal: &dyn DatabaseError) -> i32 {
    let code = refusal.code().and_then(|code| code.parse::<i32>().ok());
    code.unwrap_or_default() & 0xff
}
