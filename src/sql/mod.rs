//! What the stores and limiters on SQL databases share.

mod call;
mod columns;
mod grants;
mod statements;
mod table_prefix;

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub(crate) use self::call::{Call, Driver, Durability, Value};
pub(crate) use self::columns::{Columns, Failure, UnreadableColumn};
pub(crate) use self::grants::Grants;
pub(crate) use self::statements::Dialect;
pub use self::table_prefix::InvalidTablePrefix;
pub(crate) use self::table_prefix::TablePrefix;

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
