use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Columns, Grant, Holder, KeyThumbprint, Paced, Revision, Stored, Timestamp};
use crate::message::PkceChallenge;
use crate::sql::sqlite::SqliteError;

/// The columns in the order in which each statement names them.
pub(super) fn read(row: &SqliteRow) -> Result<Stored, SqliteError> {
    let mut holder = Holder::new(row.try_get::<String, _>(2)?);
    holder.key_thumbprint = optional(row, 3)?.map(KeyThumbprint::from_bytes);
    holder.pkce_challenge = optional(row, 4)?.map(PkceChallenge::from_bytes);
    let columns = Columns {
        id: GrantId::from_bytes(bytes(0, row.try_get(0)?)?),
        user_code: optional(row, 1)?.map(UserCodeDigest::from_bytes),
        holder,
        issued_at: Timestamp::from_micros(row.try_get(5)?),
        expires_at: Timestamp::from_micros(row.try_get(6)?),
        forget_at: Timestamp::from_micros(row.try_get(7)?),
        interval: u32::try_from(row.try_get::<i64, _>(8)?)
            .map_err(|error| undecodable(8, error))?,
    };
    let revision = Revision::from_u64(row.try_get::<i64, _>(9)?.cast_unsigned());
    let record: &str = row.try_get(10)?;
    let grant = Grant::from_record_beside_columns(record.as_bytes(), columns)?;
    Ok(Stored::new(grant, revision))
}

pub(super) fn read_all(rows: &[SqliteRow]) -> Result<Vec<Stored>, SqliteError> {
    rows.iter().map(read).collect()
}

/// What the pacing made of a poll.
pub(super) fn paced(row: &SqliteRow) -> Result<Option<Paced>, SqliteError> {
    match row.try_get::<Option<i64>, _>(12)? {
        None => Ok(None),
        Some(1) => Ok(Some(Paced::Accepted)),
        Some(2) => Ok(Some(Paced::Twin)),
        Some(_) => {
            let told = row.try_get::<i64, _>(11)?;
            let interval = u32::try_from(told).map_err(|error| undecodable(11, error))?;
            Ok(Some(Paced::SlowDown { interval }))
        }
    }
}

/// The record as text, so that people can read the table.
pub(super) fn record(grant: &Grant) -> Result<String, SqliteError> {
    String::from_utf8(grant.to_record_beside_columns())
        .map_err(|error| SqliteError::Row(sqlx::Error::Encode(error.into())))
}

fn optional<const N: usize>(
    row: &SqliteRow,
    column: usize,
) -> Result<Option<[u8; N]>, SqliteError> {
    let stored: Option<&[u8]> = row.try_get(column)?;
    stored.map(|stored| bytes(column, stored)).transpose()
}

fn bytes<const N: usize>(column: usize, stored: &[u8]) -> Result<[u8; N], SqliteError> {
    stored
        .try_into()
        .map_err(|error| undecodable(column, error))
}

fn undecodable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> SqliteError {
    SqliteError::Row(sqlx::Error::ColumnDecode {
        index: column.to_string(),
        source: Box::new(error),
    })
}
