mod database;
mod dialect;
mod error;
mod schema;

pub(crate) use self::database::Database;
pub(crate) use self::dialect::DIALECT;
pub(crate) use self::error::SqliteError;
pub(crate) use super::Durability;
