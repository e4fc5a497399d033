//! The numbered clauses of `GrantStore`, and the stores that are held to them.

#[macro_use]
mod list;

mod forgetting;
mod harness;
mod memory;
mod polling;
mod writing;
