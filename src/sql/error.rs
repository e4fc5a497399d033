use std::fmt;

use super::{DriverError, Engine, UnreadableColumn};
use crate::host::PortError;

/// A failure of a database, with what to do about it.
#[derive(Debug)]
pub(crate) struct SqlError {
    engine: &'static Engine,
    finding: Finding,
}

#[derive(Debug)]
pub(crate) enum Finding {
    Failed(Trouble, DriverError),
    /// Found by `check`, before anything failed.
    Checked(Trouble),
    Version {
        found: i64,
        expected: i64,
    },
    JournalMode(String),
    /// The server is another one than the engine's, by its own answer.
    Server {
        said: String,
    },
    /// A line for each right that is missing, with the statement that grants it.
    MissingRights(String),
    Column(UnreadableColumn),
}

/// The reasons for which a database refuses. Each engine has advice for those that it can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    Unreachable,
    /// Starting, stopping, overloaded, locked, or a timeout was too short.
    Passing,
    Full,
    ReadOnly,
    Tables,
    /// Tables of other people have the names.
    Occupied,
    MayNotCreate,
    Privileges,
    NoDatabase,
    NotThisEngine,
    /// Prepared statements are gone by the next statement.
    Pooler,
    Damaged,
    Row,
    Other,
}

impl SqlError {
    pub(super) fn new(engine: &'static Engine, finding: Finding) -> Self {
        Self { engine, finding }
    }

    /// The failure of a driver.
    pub(super) fn failed(engine: &'static Engine, error: DriverError) -> Self {
        let trouble = match error.code() {
            Some(code) => (engine.trouble)(code),
            None if error.is_about_a_row() => Trouble::Row,
            None => Trouble::Unreachable,
        };
        Self::new(engine, Finding::Failed(trouble, error))
    }

    /// Returns whether an insertion was refused because of a row that is there.
    pub(crate) fn is_about_a_duplicate(&self) -> bool {
        match &self.finding {
            Finding::Failed(_, error) => error.code().is_some_and(self.engine.is_duplicate),
            Finding::Checked(_)
            | Finding::Version { .. }
            | Finding::JournalMode(_)
            | Finding::Server { .. }
            | Finding::MissingRights(_)
            | Finding::Column(_) => false,
        }
    }

    /// Returns whether a database does not know the function or the type that the statement names, whichever engine it is of.
    pub(super) fn is_about_an_unknown_name(&self) -> bool {
        // undefined_function and undefined_object of PostgreSQL, ER_SP_DOES_NOT_EXIST and ER_PARSE_ERROR of MariaDB,
        // SQLITE_ERROR
        const CODES: [&str; 5] = ["42883", "42704", "1305", "1064", "1"];
        match &self.finding {
            Finding::Failed(_, error) => error.code().is_some_and(|code| CODES.contains(&code)),
            Finding::Checked(_)
            | Finding::Version { .. }
            | Finding::JournalMode(_)
            | Finding::Server { .. }
            | Finding::MissingRights(_)
            | Finding::Column(_) => false,
        }
    }

    /// The meaning of the same failure for a statement that every server of this engine knows.
    pub(super) fn of_another_server(mut self) -> Self {
        if let Finding::Failed(trouble, _) = &mut self.finding {
            *trouble = Trouble::NotThisEngine;
        }
        self
    }

    /// The meaning of the same failure for a statement that creates tables.
    pub(super) fn of_migration(mut self) -> Self {
        if let Finding::Failed(trouble @ Trouble::Privileges, _) = &mut self.finding {
            *trouble = Trouble::MayNotCreate;
        }
        self
    }

    /// Returns whether the same call may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        match &self.finding {
            Finding::Failed(trouble, _) | Finding::Checked(trouble) => trouble.is_passing(),
            Finding::Version { .. }
            | Finding::JournalMode(_)
            | Finding::Server { .. }
            | Finding::MissingRights(_)
            | Finding::Column(_) => false,
        }
    }
}

impl Trouble {
    fn is_passing(self) -> bool {
        match self {
            // A disk gets room and a standby is promoted without a restart of this process.
            Self::Unreachable | Self::Passing | Self::Full | Self::ReadOnly => true,
            Self::Tables
            | Self::Occupied
            | Self::MayNotCreate
            | Self::Privileges
            | Self::NoDatabase
            | Self::NotThisEngine
            | Self::Pooler
            | Self::Damaged
            | Self::Row
            | Self::Other => false,
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.engine.folder;
        match &self.finding {
            Finding::Failed(Trouble::NotThisEngine, _) => write!(
                f,
                "the pool has to be one of {}, and its server is something else: connect to such a server, or make the \
                 `Database` for the engine of this one",
                self.engine.server.expected
            ),
            Finding::Failed(trouble, _) | Finding::Checked(trouble) => {
                f.write_str((self.engine.advice)(*trouble))
            }
            Finding::Version { found, expected } if found < expected => write!(
                f,
                "the tables have version {found}, and version {expected} is needed: call `migrate`, or apply the files \
                 of migrations/{folder}"
            ),
            Finding::Version { found, expected } => write!(
                f,
                "the tables have version {found}, and this version of device-grant knows {expected}: update it on this \
                 node"
            ),
            Finding::JournalMode(mode) => write!(
                f,
                "the database is in journal mode {mode}, and WAL is needed: put it in a file on a local disk, and call \
                 `migrate`, or execute `PRAGMA journal_mode = WAL`"
            ),
            Finding::Server { said } => write!(
                f,
                "the pool has to be one of {}, and its server says that it is {said:?}: connect to such a server, or \
                 make the `Database` for the engine of this one",
                self.engine.server.expected
            ),
            Finding::MissingRights(lines) => f.write_str(lines),
            Finding::Column(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for SqlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.finding {
            Finding::Failed(_, error) => Some(error),
            Finding::Column(error) => error.source(),
            Finding::Checked(_)
            | Finding::Version { .. }
            | Finding::JournalMode(_)
            | Finding::Server { .. }
            | Finding::MissingRights(_) => None,
        }
    }
}

impl From<SqlError> for PortError {
    fn from(error: SqlError) -> Self {
        if error.is_passing() {
            Self::unavailable(error)
        } else {
            Self::broken(error)
        }
    }
}
