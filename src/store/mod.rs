//! Ready-made [`GrantStore`](crate::host::GrantStore)s.
//!
//! | store | keeps grants in | feature |
//! |---|---|---|
//! | `MemoryStore` | the memory of one process | `memory` |
//! | `SqlStore` | PostgreSQL, MariaDB or SQLite | `sql`, or that of a driver, such as `postgres-sqlx-09` |
//! | `RedisStore` | Redis or Valkey | `redis-1` |
//!
//! [Stores](https://docs.rs/device-grant/latest/device_grant/guide/stores/) says what each of them guarantees, and with which settings of
//! its server.

#[cfg(feature = "sql")]
mod announcer;
#[cfg(any(feature = "redis-1", feature = "sql"))]
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
