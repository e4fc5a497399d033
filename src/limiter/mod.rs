//! Ready-made [`Limiter`](crate::host::Limiter)s.

#[cfg(any(feature = "memory", feature = "sqlite"))]
mod judge;
#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "memory")]
pub use self::memory::MemoryLimiter;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresLimiter;
#[cfg(feature = "redis")]
pub use self::redis::RedisLimiter;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteLimiter;
