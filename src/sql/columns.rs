use std::error::Error;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{ClientId, Subject, Timestamp};
use crate::host::{Body, Paced, Polled, Row};

/// A row as a driver has it. Its columns are those of [`NAMES`].
pub(crate) trait Columns {
    fn integer(&self, column: usize) -> Result<Option<i64>, Failure>;

    /// Text comes as its bytes.
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Failure>;
}

/// The reason for which a column cannot be read.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// A column holds something that no version of this crate wrote there.
#[derive(Debug, thiserror::Error)]
#[error("column {name} of a row cannot be read: was the table changed by other means?")]
pub(crate) struct UnreadableColumn {
    name: &'static str,
    #[source]
    source: Failure,
}

/// The columns in the order in which each statement returns them; a poll alone returns the last two.
const NAMES: [&str; 14] = [
    "id",
    "revision",
    "user_code",
    "issuer",
    "client_id",
    "subject",
    "is_pending",
    "issued_at",
    "expires_at",
    "forget_at",
    "body",
    "read_at",
    "told_interval",
    "paced",
];

/// Reads a row.
pub(super) fn row(columns: &impl Columns) -> Result<Row, UnreadableColumn> {
    let id = GrantId::from_bytes(required(columns, 0, digest)?);
    let revision = required(columns, 1, integer)?.cast_unsigned();
    let mut row = Row::new(id, revision, time(columns, 11)?);
    row.user_code = read(columns, 2, digest)?.map(UserCodeDigest::from_bytes);
    row.issuer = required(columns, 3, text)?.into();
    row.client_id = ClientId::new(required(columns, 4, text)?);
    row.subject = read(columns, 5, text)?.map(Subject::new);
    row.is_pending = required(columns, 6, flag)?;
    row.issued_at = time(columns, 7)?;
    row.expires_at = time(columns, 8)?;
    row.forget_at = time(columns, 9)?;
    row.body = required(columns, 10, |columns, column| {
        Ok(columns.bytes(column)?.map(Body::from))
    })?;
    Ok(row)
}

/// Reads the only column of a statement that tells the time, as an insertion does.
pub(super) fn told(columns: &impl Columns) -> Result<Timestamp, UnreadableColumn> {
    match columns.integer(0) {
        Ok(Some(micros)) => Ok(Timestamp::from_micros(micros)),
        Ok(None) => Err(unreadable(7, "it is null".into())),
        Err(source) => Err(unreadable(7, source)),
    }
}

/// Reads a row with what the pacing made of the poll.
pub(super) fn polled(columns: &impl Columns) -> Result<Polled, UnreadableColumn> {
    let paced = match required(columns, 13, integer)? {
        0 => None,
        1 => Some(Paced::Accepted),
        2 => Some(Paced::Twin),
        3 => Some(Paced::SlowDown {
            interval: required(columns, 12, seconds)?,
        }),
        _ => return Err(unreadable(13, "it is none of 0 to 3".into())),
    };
    Ok(Polled::new(row(columns)?, paced))
}

fn time(columns: &impl Columns, column: usize) -> Result<Timestamp, UnreadableColumn> {
    required(columns, column, integer).map(Timestamp::from_micros)
}

fn required<C: Columns, T>(
    columns: &C,
    column: usize,
    value: impl FnOnce(&C, usize) -> Result<Option<T>, Failure>,
) -> Result<T, UnreadableColumn> {
    read(columns, column, value)?.ok_or_else(|| unreadable(column, "it is null".into()))
}

fn read<C: Columns, T>(
    columns: &C,
    column: usize,
    value: impl FnOnce(&C, usize) -> Result<Option<T>, Failure>,
) -> Result<Option<T>, UnreadableColumn> {
    value(columns, column).map_err(|source| unreadable(column, source))
}

fn unreadable(column: usize, source: Failure) -> UnreadableColumn {
    let name = NAMES.get(column).copied().unwrap_or("of no name");
    UnreadableColumn { name, source }
}

fn integer(columns: &impl Columns, column: usize) -> Result<Option<i64>, Failure> {
    columns.integer(column)
}

fn seconds(columns: &impl Columns, column: usize) -> Result<Option<u32>, Failure> {
    Ok(columns.integer(column)?.map(u32::try_from).transpose()?)
}

fn flag(columns: &impl Columns, column: usize) -> Result<Option<bool>, Failure> {
    match columns.integer(column)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err("it is neither 0 nor 1".into()),
    }
}

fn text(columns: &impl Columns, column: usize) -> Result<Option<String>, Failure> {
    let bytes = columns.bytes(column)?;
    Ok(bytes
        .map(|bytes| String::from_utf8(bytes.to_vec()))
        .transpose()?)
}

fn digest<const N: usize>(
    columns: &impl Columns,
    column: usize,
) -> Result<Option<[u8; N]>, Failure> {
    Ok(columns.bytes(column)?.map(TryInto::try_into).transpose()?)
}
