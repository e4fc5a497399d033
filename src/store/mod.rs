//! Ready-made [`GrantStore`](crate::host::GrantStore)s.

#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "memory")]
pub use self::memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresStore;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteStore;
#[cfg(feature = "redis")]
pub use crate::redis_client::{InvalidKeyPrefix, RedisConnection};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use crate::sql::InvalidTablePrefix;
