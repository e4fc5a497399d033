//! Ready-made [`Limiter`](crate::host::Limiter)s.

#[cfg(any(feature = "memory", feature = "sql"))]
mod judge;
#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "redis-1")]
mod redis;
#[cfg(feature = "sql")]
mod sql;
#[cfg(feature = "sql")]
mod sql_here;

#[cfg(feature = "memory")]
pub use self::memory::MemoryLimiter;
#[cfg(feature = "redis-1")]
pub use self::redis::RedisLimiter;
#[cfg(feature = "sql")]
pub use self::sql::SqlLimiter;
