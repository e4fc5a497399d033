use std::error::Error;
use std::time::Duration;

use super::Value;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{ClientId, Subject, Timestamp};
use crate::host::{Body, Debt, Paced, Row};

/// The reason for which a column cannot be read.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// A column holds something that no version of this crate wrote there.
#[derive(Debug, thiserror::Error)]
#[error("column {name} of a row cannot be read: did another program change the table?")]
pub(crate) struct UnreadableColumn {
    name: &'static str,
    #[source]
    source: Failure,
}

impl UnreadableColumn {
    pub(super) fn new(name: &'static str, source: Failure) -> Self {
        Self { name, source }
    }
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
pub(crate) fn row(columns: &[Value]) -> Result<Row, UnreadableColumn> {
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
    row.body = required(columns, 10, bytes).map(Body::from)?;
    Ok(row)
}

/// Reads the id of a row, whatever its other columns hold.
pub(crate) fn id(columns: &[Value]) -> Option<GrantId> {
    required(columns, 0, digest).ok().map(GrantId::from_bytes)
}

/// Reads the only column of a statement that tells the time, as an insertion does.
pub(crate) fn told(columns: &[Value]) -> Result<Timestamp, UnreadableColumn> {
    let micros = integer(columns, 0).and_then(required_value);
    let micros = micros.map_err(|source| UnreadableColumn::new("issued_at", source))?;
    Ok(Timestamp::from_micros(micros))
}

/// Reads a row with what the pacing made of the poll.
pub(crate) fn polled(columns: &[Value]) -> Result<Row, UnreadableColumn> {
    let mut row = row(columns)?;
    row.paced = match required(columns, 13, integer)? {
        0 => None,
        1 => Some(Paced::Accepted),
        2 => Some(Paced::Twin),
        3 => Some(Paced::SlowDown {
            interval: required(columns, 12, seconds)?,
        }),
        _ => return Err(unreadable(13, "it is none of 0 to 3".into())),
    };
    Ok(row)
}

/// Reads the debt of a key, and the time, of a row that has both behind the key.
pub(crate) fn debt(
    columns: &[Value],
) -> Result<(&[u8], Option<Debt>, Timestamp), UnreadableColumn> {
    let named = |name| move |source| UnreadableColumn::new(name, source);
    let key = bytes(columns, 0).and_then(required_value);
    let owed_until = integer(columns, 1).map_err(named("owed_until"))?;
    let period = integer(columns, 2).map_err(named("period"))?;
    let debt = owed_until.zip(period).map(|(owed_until, period)| Debt {
        owed_until: Timestamp::from_micros(owed_until),
        period: Duration::from_micros(period.unsigned_abs()),
    });
    let now = integer(columns, 3).and_then(required_value);
    let now = now.map_err(named("now")).map(Timestamp::from_micros)?;
    Ok((key.map_err(named("key"))?, debt, now))
}

/// Reads the index of the charge that was refused, and the time to wait; `None` if none was.
pub(crate) fn refusal(columns: &[Value]) -> Result<Option<(usize, Duration)>, UnreadableColumn> {
    let named = |name| move |source| UnreadableColumn::new(name, source);
    let Some(index) = integer(columns, 0).map_err(named("refused"))? else {
        return Ok(None);
    };
    let micros = integer(columns, 1).and_then(required_value);
    let micros = micros.map_err(named("retry_after"))?;
    let retry_after = Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    Ok(Some((
        usize::try_from(index).unwrap_or_default(),
        retry_after,
    )))
}

/// The number in the first column of the first row.
pub(super) fn first_integer(rows: &[Vec<Value>]) -> Result<i64, Failure> {
    required_value(integer(rows.first().map_or(&[], Vec::as_slice), 0)?)
}

/// The text in the first column of the first row.
pub(super) fn first_bytes(rows: &[Vec<Value>]) -> Result<&[u8], Failure> {
    required_value(bytes(rows.first().map_or(&[], Vec::as_slice), 0)?)
}

fn time(columns: &[Value], column: usize) -> Result<Timestamp, UnreadableColumn> {
    required(columns, column, integer).map(Timestamp::from_micros)
}

fn required<'a, T>(
    columns: &'a [Value],
    column: usize,
    value: impl FnOnce(&'a [Value], usize) -> Result<Option<T>, Failure>,
) -> Result<T, UnreadableColumn> {
    let value = value(columns, column).and_then(required_value);
    value.map_err(|source| unreadable(column, source))
}

fn read<'a, T>(
    columns: &'a [Value],
    column: usize,
    value: impl FnOnce(&'a [Value], usize) -> Result<Option<T>, Failure>,
) -> Result<Option<T>, UnreadableColumn> {
    value(columns, column).map_err(|source| unreadable(column, source))
}

fn required_value<T>(value: Option<T>) -> Result<T, Failure> {
    value.ok_or_else(|| "it is null".into())
}

fn unreadable(column: usize, source: Failure) -> UnreadableColumn {
    let name = NAMES.get(column).copied().unwrap_or("of no name");
    UnreadableColumn::new(name, source)
}

fn integer(columns: &[Value], column: usize) -> Result<Option<i64>, Failure> {
    match columns.get(column) {
        Some(Value::Integer(integer)) => Ok(*integer),
        Some(Value::Bytes(None)) => Ok(None),
        Some(Value::Bytes(Some(_))) => Err("it is no integer".into()),
        None => Err("it is not there".into()),
    }
}

fn bytes(columns: &[Value], column: usize) -> Result<Option<&[u8]>, Failure> {
    match columns.get(column) {
        Some(Value::Bytes(bytes)) => Ok(bytes.as_deref()),
        Some(Value::Integer(None)) => Ok(None),
        Some(Value::Integer(Some(_))) => Err("it is an integer".into()),
        None => Err("it is not there".into()),
    }
}

fn seconds(columns: &[Value], column: usize) -> Result<Option<u32>, Failure> {
    Ok(integer(columns, column)?.map(u32::try_from).transpose()?)
}

fn flag(columns: &[Value], column: usize) -> Result<Option<bool>, Failure> {
    match integer(columns, column)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err("it is neither 0 nor 1".into()),
    }
}

fn text(columns: &[Value], column: usize) -> Result<Option<String>, Failure> {
    let bytes = bytes(columns, column)?;
    Ok(bytes
        .map(|bytes| String::from_utf8(bytes.to_vec()))
        .transpose()?)
}

fn digest<const N: usize>(columns: &[Value], column: usize) -> Result<Option<[u8; N]>, Failure> {
    Ok(bytes(columns, column)?.map(TryInto::try_into).transpose()?)
}
