//! Tests of redemptions amid failures, on your own store.
//!
//! Each function interrupts redemptions, one at each possible place, and polls until there is a
//! definite answer. For each approval it checks that
//!
//! - at most one set of tokens is delivered, that of the committed attempt;
//! - the device gets tokens or a definite refusal. If the failure came after the commit had begun, that may be `invalid_grant`, or
//!   with [redelivery](crate::Builder::redelivery) the tokens;
//! - no delivered tokens are discarded.
//!
//! [`redemption_conformance_tests!`](crate::redemption_conformance_tests) creates a test for each function:
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
