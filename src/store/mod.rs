//! Ready-made [`GrantStore`](crate::host::GrantStore)s.

#[cfg(feature = "sql")]
mod announcer;
#[cfg(feature = "sql")]
mod batches;
#[cfg(feature = "sql")]
mod lanes;
#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "sql")]
mod polls;
#[cfg(feature = "redis-1")]
mod redis;
#[cfg(feature = "sql")]
mod sql;
#[cfg(feature = "sql")]
mod told;

#[cfg(feature = "memory")]
pub use self::memory::MemoryStore;
#[cfg(feature = "redis-1")]
pub use self::redis::RedisStore;
#[cfg(feature = "sql")]
pub use self::sql::SqlStore;
#[cfg(feature = "redis-1")]
pub use crate::redis_client::RedisConnection;
