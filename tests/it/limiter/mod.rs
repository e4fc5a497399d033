//! The numbered clauses of `Limiter`, and the limiters that are held to them.

mod clauses;
mod memory;
