mod database;
mod error;
mod lender;
mod schema;
mod uuid;

pub(crate) use self::database::{Database, PgQuery};
pub(crate) use self::error::PostgresError;
pub(crate) use self::uuid::PgUuid;
