//! Ready-made [`Limiter`](crate::host::Limiter)s.

#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "redis")]
mod redis;

#[cfg(feature = "memory")]
pub use self::memory::MemoryLimiter;
#[cfg(feature = "redis")]
pub use self::redis::RedisLimiter;
