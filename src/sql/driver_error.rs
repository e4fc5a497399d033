use std::error::Error;

/// The error of a driver that could not execute a statement.
///
/// ```
/// use device_grant::sql::DriverError;
///
/// let error = DriverError::refused("40001", "could not serialize access");
/// assert_eq!(error.to_string(), "the database refuses with code 40001");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}", self.kind.describe())]
pub struct DriverError {
    kind: Kind,
    source: Cause,
}

/// The error of a driver's library.
type Cause = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
enum Kind {
    Unreachable,
    Refused(Box<str>),
    Unreadable,
}

impl DriverError {
    /// The error if no connection was free in time, none could be opened, or it was lost.
    pub fn unreachable(source: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Unreachable,
            source: source.into(),
        }
    }

    /// The error if the database refused the statement. `code` is the `SQLSTATE` of PostgreSQL, the result code of SQLite (a
    /// decimal number, extended or not), or the error number of MariaDB.
    pub fn refused(code: impl Into<Box<str>>, source: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Refused(code.into()),
            source: source.into(),
        }
    }

    /// The error if a column of a row is neither an integer nor bytes nor text.
    pub fn unreadable(source: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Unreadable,
            source: source.into(),
        }
    }

    /// The code of the database, if it refused.
    pub(super) fn code(&self) -> Option<&str> {
        match &self.kind {
            Kind::Refused(code) => Some(code),
            Kind::Unreachable | Kind::Unreadable => None,
        }
    }

    pub(super) fn is_about_a_row(&self) -> bool {
        matches!(self.kind, Kind::Unreadable)
    }
}

impl Kind {
    fn describe(&self) -> String {
        match self {
            Self::Unreachable => "there is no connection to the database".to_owned(),
            Self::Refused(code) => format!("the database refuses with code {code}"),
            Self::Unreadable => "a row cannot be read".to_owned(),
        }
    }
}
