//! The memory that a connection takes. Alone in its binary, because other tests would be counted too.

#[cfg(test)]
mod body;
#[cfg(test)]
mod waiting;

#[cfg(test)]
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// Returns a guard that is held by the test that counts.
#[cfg(test)]
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
