//! The locks and counters of what threads share.
//!
//! `tests/threads` builds the crate with those of `shuttle`, which runs the threads in one order after another.

#[cfg(explored_by_shuttle)]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, atomic};
#[cfg(not(explored_by_shuttle))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
