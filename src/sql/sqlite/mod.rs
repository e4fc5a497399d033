mod database;
mod error;
mod schema;

pub(crate) use self::database::{Database, Durability};
pub(crate) use self::error::SqliteError;
