mod database;
mod dialect;
mod error;
mod lender;
mod schema;

pub(crate) use self::database::{Database, PgQuery};
pub(crate) use self::dialect::DIALECT;
pub(crate) use self::error::PostgresError;
