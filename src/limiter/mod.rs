//! Ready-made [`Limiter`](crate::host::Limiter)s.
//!
//! | limiter | counts in | feature |
//! |---|---|---|
//! | `MemoryLimiter` | the memory of one process | `memory` |
//! | `SqlLimiter` | PostgreSQL, MariaDB or SQLite | `sql`, or that of a driver, such as `postgres-sqlx-09` |
//! | `RedisLimiter` | Redis or Valkey | `redis-1` |
//!
//! All nodes need one limiter. Usually it is on the server that has the store; it may be on another, such as Redis beside
//! PostgreSQL.

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
