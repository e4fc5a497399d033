//! Stores, held to the numbered clauses of `GrantStore`, and what is particular about each.

mod memory;
