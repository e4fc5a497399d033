//! The numbered clauses of `Limiter`, the limiters that are held to them, and the arithmetic that they share.

#[macro_use]
mod list;

mod clauses;
mod memory;
mod quota;
