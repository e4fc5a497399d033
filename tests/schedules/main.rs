//! Every order in which the calls of a few operations can reach the store and the issuer, with what may go wrong between
//! them. After each step the promises of SECURITY.md are looked at.
//!
//! An operation is suspended before each of its calls, so that a schedule is a sequence of "whose turn is it". The search
//! is complete for the operations that it is given: `every_pair` and the triples below run in the gate, `every_triple`
//! and the largest searches in `scripts/test-long`.

#[cfg(test)]
#[cfg(feature = "testing")]
mod explorer;
#[cfg(test)]
#[cfg(feature = "testing")]
mod house;
#[cfg(test)]
#[cfg(feature = "testing")]
mod ports;
#[cfg(test)]
#[cfg(feature = "testing")]
mod promises;
#[cfg(test)]
#[cfg(feature = "testing")]
mod searches;
