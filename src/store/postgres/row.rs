use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Columns, Grant, Holder, KeyThumbprint, Paced, Revision, Stored, Timestamp};
use crate::message::PkceChallenge;
use crate::sql::postgres::{PgUuid, PostgresError};

/// The columns in the order in which each statement names them.
pub(super) fn read(row: &PgRow) -> Result<Stored, PostgresError> {
    let client_id: &[u8] = row.try_get(3)?;
    let client_id = std::str::from_utf8(client_id).map_err(|error| undecodable(3, error))?;
    let mut holder = Holder::new(client_id);
    holder.key_thumbprint = optional(row, 4)?.map(KeyThumbprint::from_bytes);
    holder.pkce_challenge = optional(row, 5)?.map(PkceChallenge::from_bytes);
    let columns = Columns {
        id: GrantId::from_bytes(row.try_get::<PgUuid, _>(0)?.0),
        user_code: user_code(row)?,
        holder,
        issued_at: Timestamp::from_micros(row.try_get(6)?),
        expires_at: Timestamp::from_micros(row.try_get(7)?),
        forget_at: Timestamp::from_micros(row.try_get(8)?),
        interval: seconds(row, 9)?,
    };
    let revision = Revision::from_u64(row.try_get::<i64, _>(10)?.cast_unsigned());
    let grant = Grant::from_record_beside_columns(row.try_get(11)?, columns)?;
    Ok(Stored::new(grant, revision))
}

fn user_code(row: &PgRow) -> Result<Option<UserCodeDigest>, PostgresError> {
    let head: Option<PgUuid> = row.try_get(1)?;
    let tail: Option<PgUuid> = row.try_get(2)?;
    let halves = head.zip(tail);
    Ok(halves.map(|(head, tail)| UserCodeDigest::from_bytes(PgUuid::join(head, tail))))
}

/// What the pacing made of a poll.
pub(super) fn paced(row: &PgRow) -> Result<Option<Paced>, PostgresError> {
    Ok(match row.try_get::<i16, _>(13)? {
        0 => None,
        1 => Some(Paced::Accepted),
        2 => Some(Paced::Twin),
        _ => Some(Paced::SlowDown {
            interval: seconds(row, 12)?,
        }),
    })
}

fn seconds(row: &PgRow, column: usize) -> Result<u32, PostgresError> {
    let seconds: i64 = row.try_get(column)?;
    u32::try_from(seconds).map_err(|error| undecodable(column, error))
}

fn optional<const N: usize>(row: &PgRow, column: usize) -> Result<Option<[u8; N]>, PostgresError> {
    let stored: Option<&[u8]> = row.try_get(column)?;
    let bytes = stored.map(|stored| stored.try_into());
    bytes
        .transpose()
        .map_err(|error| undecodable(column, error))
}

fn undecodable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> PostgresError {
    PostgresError::Row(sqlx::Error::ColumnDecode {
        index: column.to_string(),
        source: Box::new(error),
    })
}
