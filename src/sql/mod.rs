//! What the stores and limiters on SQL databases share.

mod table_prefix;

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub use self::table_prefix::InvalidTablePrefix;
pub(crate) use self::table_prefix::TablePrefix;

use crate::grant::Timestamp;
use crate::host::Cursor;

/// Issue time and identifier of the grant behind which a list goes on; without one, those of none, ahead of all.
pub(crate) fn list_from(after: Option<&Cursor>) -> (Timestamp, [u8; 16]) {
    after.map_or((Timestamp::MAX, [u8::MAX; 16]), |after| {
        (after.issued_at(), *after.id().as_bytes())
    })
}

/// Whether a row came, and holds something else than it should. Every other failure is about the way to it.
fn is_about_a_row(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::RowNotFound
    )
}
