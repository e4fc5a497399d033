use crate::host::PortError;
use crate::sql::{UnreadableColumn, is_about_a_row};

/// What can go wrong with PostgreSQL, each with what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostgresError {
    #[error("PostgreSQL cannot be reached, or no connection of the pool was free in time")]
    Unreachable(#[source] sqlx::Error),
    #[error(
        "PostgreSQL cannot serve this now: it is starting, stopping or overloaded, or a timeout was too short"
    )]
    Passing(#[source] sqlx::Error),
    #[error("PostgreSQL has no space left: free space on its disk, and run `purge` regularly")]
    Full(#[source] sqlx::Error),
    #[error("the database is read-only: connect to the primary, in transactions that may write")]
    ReadOnly,
    #[error("the database is read-only: connect to the primary, in transactions that may write")]
    RefusedToWrite(#[source] sqlx::Error),
    #[error(
        "the tables are missing or not as they should be: call `migrate`, or apply the files of migrations/postgres"
    )]
    Tables(#[source] sqlx::Error),
    #[error(
        "tables of these names are there already, and no record that `migrate` or the files of \
         migrations/postgres created them: drop them, or set another table prefix"
    )]
    Occupied(#[source] sqlx::Error),
    #[error(
        "this role may not create the tables: call `migrate` with one that may, or let it apply the files of \
         migrations/postgres"
    )]
    MayNotCreate(#[source] sqlx::Error),
    #[error(
        "the tables have version {found}, and version {expected} is needed: call `migrate`, or apply the files of migrations/postgres"
    )]
    OldTables { found: i32, expected: i32 },
    #[error(
        "the tables have version {found}, and this version of device-grant knows {expected}: update it on this node"
    )]
    NewTables { found: i32, expected: i32 },
    #[error(
        "this role may not use the tables: grant it SELECT, INSERT, UPDATE and DELETE on each of them"
    )]
    Privileges,
    #[error(
        "this role may not use the tables, or not the function that charges limits: grant it SELECT, INSERT, UPDATE \
         and DELETE on each of the tables, and EXECUTE on the function; `check` says which"
    )]
    Refused(#[source] sqlx::Error),
    /// A line for each right that is missing, with the statement that grants it.
    #[error("{0}")]
    MayNotLimit(String),
    #[error(transparent)]
    Column(UnreadableColumn),
    #[error("a row cannot be read: was the table changed by other means?")]
    Row(#[source] sqlx::Error),
    #[error("PostgreSQL refuses")]
    Other(#[source] sqlx::Error),
}

impl PostgresError {
    /// What it means of a statement that creates tables.
    pub(super) fn of_migration(error: sqlx::Error) -> Self {
        let error = Self::from(error);
        if let Self::Refused(error) = error {
            return Self::MayNotCreate(error);
        }
        error
    }

    /// Whether the same call may succeed later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Passing(_)
            | Self::Full(_)
            | Self::ReadOnly
            | Self::RefusedToWrite(_) => true,
            Self::Tables(_)
            | Self::Occupied(_)
            | Self::MayNotCreate(_)
            | Self::OldTables { .. }
            | Self::NewTables { .. }
            | Self::Privileges
            | Self::Refused(_)
            | Self::MayNotLimit(_)
            | Self::Column(_)
            | Self::Row(_)
            | Self::Other(_) => false,
        }
    }
}

impl From<sqlx::Error> for PostgresError {
    fn from(error: sqlx::Error) -> Self {
        let Some(refusal) = error.as_database_error() else {
            return if is_about_a_row(&error) {
                Self::Row(error)
            } else {
                Self::Unreachable(error)
            };
        };
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        let code = refusal.code().unwrap_or_default().into_owned();
        match code.as_str() {
            // undefined_table, undefined_column, undefined_function, datatype_mismatch
            "42P01" | "42703" | "42883" | "42804" => Self::Tables(error),
            // duplicate_function, duplicate_table
            "42723" | "42P07" => Self::Occupied(error),
            // insufficient_privilege
            "42501" => Self::Refused(error),
            // read_only_sql_transaction
            "25006" => Self::RefusedToWrite(error),
            // disk_full
            "53100" => Self::Full(error),
            // lock_not_available
            "55P03" => Self::Passing(error),
            _ => match code.get(..2) {
                // Connections, conflicts, resources, the operator's intervention, and the system below.
                Some("08" | "40" | "53" | "57" | "58") => Self::Passing(error),
                Some(_) | None => Self::Other(error),
            },
        }
    }
}

impl From<UnreadableColumn> for PostgresError {
    fn from(error: UnreadableColumn) -> Self {
        Self::Column(error)
    }
}

impl From<PostgresError> for PortError {
    fn from(error: PostgresError) -> Self {
        if error.is_passing() {
            Self::unavailable(error)
        } else {
            Self::broken(error)
        }
    }
}
