//! Every order in which the calls of a few operations can reach the store and the issuer, with what may go wrong between
//! them. After each step the promises of SECURITY.md are looked at.
//!
//! An operation is suspended before each of its calls, so that a schedule is a sequence of "whose turn is it". The search is
//! complete for the operations that it is given. It follows a schedule only up to a state that another one has led to: with the same
//! grant, the same time, the same troubles ahead, and operations that have heard the same, the same follows. That it leaves
//! out no schedule is a test: it counts as many as a search that follows each.
//!
//! All pairs, and all triples on an approved grant, run in the gate; the other triples in `scripts/test-long`.

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
