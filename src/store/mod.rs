//! Ready-made [`GrantStore`](crate::host::GrantStore)s.

#[cfg(feature = "memory")]
mod memory;

#[cfg(feature = "memory")]
pub use self::memory::MemoryStore;
