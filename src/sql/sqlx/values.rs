//! Values as `sqlx` has them.

use super::sqlx::error::DatabaseError;
use super::sqlx::{ColumnIndex, Decode, Error, Row, Type, ValueRef};
use crate::sql::{DriverError, Value};

/// Binds the values of a statement. No type has the same name in all versions of `sqlx`.
macro_rules! query {
    ($sql:expr, $values:expr) => {{
        let mut query = super::sqlx::query(super::text(&$sql));
        for value in $values {
            query = match value {
                $crate::sql::Value::Integer(integer) => query.bind(integer),
                $crate::sql::Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

/// The values of all rows.
pub(super) fn read<R>(rows: Vec<R>) -> Result<Vec<Vec<Value>>, DriverError>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let values = |row: R| (0..row.len()).map(|column| value(&row, column)).collect();
    rows.into_iter().map(values).collect()
}

fn value<R>(row: &R, column: usize) -> Result<Value, DriverError>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let raw = row.try_get_raw(column).map_err(DriverError::unreadable)?;
    if raw.is_null() {
        return Ok(Value::Bytes(None));
    }
    if <i64 as Type<R::Database>>::compatible(&raw.type_info()) {
        let integer = i64::decode(raw).map_err(DriverError::unreadable)?;
        return Ok(Value::Integer(Some(integer)));
    }
    // Not decoded without this look at its type.
    let bytes = row.try_get(column).map_err(DriverError::unreadable)?;
    Ok(Value::Bytes(Some(bytes)))
}

/// The error with the database's code, if it has one.
pub(super) fn failure(
    error: Error,
    code: impl FnOnce(&dyn DatabaseError) -> Option<String>,
) -> DriverError {
    match error.as_database_error().map(code) {
        Some(code) => DriverError::refused(code.unwrap_or_default(), error),
        None if is_about_a_row(&error) => DriverError::unreadable(error),
        None => DriverError::unreachable(error),
    }
}

/// Returns whether a row came, and holds something else than it should. Every other failure is about the way to it.
fn is_about_a_row(error: &Error) -> bool {
    matches!(
        error,
        Error::ColumnDecode { .. }
            | Error::ColumnIndexOutOfBounds { .. }
            | Error::ColumnNotFound(_)
            | Error::Decode(_)
            | Error::Encode(_)
            | Error::TypeNotFound { .. }
            | Error::RowNotFound
    )
}
