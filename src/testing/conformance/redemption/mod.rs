//! The promises of a redemption whatever fails, on a store of the host's own.
//!
//! Each function cuts redemptions short, one for each place at which that is possible, and polls until there is a
//! definite answer. Of each approval it wants
//!
//! - one set of tokens at most, that of the attempt which the store has as committed;
//! - tokens or a definite refusal, unless the cut came after the commit had begun: then `invalid_grant`, or with
//!   [redelivery](crate::Builder::redelivery) the tokens after all;
//! - no tokens handed back to the issuer that a device has.
//!
//! [`redemption_conformance_tests!`](crate::redemption_conformance_tests) makes a test of each function:
//!
//! ```
//! mod my_store {
//!     use device_grant::store::MemoryStore;
//!
//!     device_grant::redemption_conformance_tests!(|clock| async { ((), MemoryStore::new().with_clock(clock)) });
//! }
//! ```

mod awaited;
mod cut;
pub mod cuts;
mod run;
mod trouble;
