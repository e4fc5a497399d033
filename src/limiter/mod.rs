//! Ready-made [`Limiter`](crate::host::Limiter)s.

#[cfg(feature = "memory")]
mod memory;

#[cfg(feature = "memory")]
pub use self::memory::MemoryLimiter;
