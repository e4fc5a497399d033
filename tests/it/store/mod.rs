//! The numbered clauses of `GrantStore`, and the stores that are held to them.

mod forgetting;
mod harness;
mod memory;
mod polling;
mod writing;

pub(crate) use self::harness::block_on;
