//! Limiters, held to the numbered clauses of `Limiter`, and the arithmetic that they share.

#[cfg(feature = "testing")]
mod memory;
mod quota;
