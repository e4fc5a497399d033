//! The promises of a port, as tests: for a store, a limiter or an issuer of the host's own.
//!
//! Each numbered clause of the contracts of [`GrantStore`](crate::host::GrantStore#contract),
//! [`GrantDirectory`](crate::host::GrantDirectory#contract), [`Limiter`](crate::host::Limiter#contract) and [`TokenIssuer`](crate::host::TokenIssuer#contract) is tested by
//! functions whose names begin with its number. A macro makes one `#[test]` of each, so that a failure has the name
//! of what is broken and hides no other:
//!
//! ```
//! mod my_store {
//!     use device_grant::store::MemoryStore;
//!
//!     // Whatever has to outlive the store, such as a folder that is removed when it is dropped, and the store.
//!     device_grant::store_conformance_tests!(|clock| async { ((), MemoryStore::new().with_clock(clock)) });
//! }
//! ```
//!
//! Beyond the clauses, [`redemption`] cuts the redemption of grants short at every place, on the host's own store.
//!
//! | for | macro | functions |
//! |---|---|---|
//! | a store | [`store_conformance_tests!`](crate::store_conformance_tests) | [`store`] |
//! | a limiter | [`limiter_conformance_tests!`](crate::limiter_conformance_tests) | [`limiter`] |
//! | a directory | [`directory_conformance_tests!`](crate::directory_conformance_tests) | [`directory`] |
//! | a redemption on a store, whatever fails | [`redemption_conformance_tests!`](crate::redemption_conformance_tests) | [`redemption`] |
//! | an issuer | [`issuer_conformance_tests!`](crate::issuer_conformance_tests) | [`issuer`] |
//!
//! # The host's runtime
//!
//! There is no runtime in this crate. What is under test runs on the [`block_on`] of this module, which is enough for
//! whatever brings threads of its own, or on the host's, which is asked for the future of a test at a time, and by
//! [`Racers::COUNT`] threads at once. A `block_on` that makes a runtime for each call would leave the connections of a
//! pool behind on runtimes that are gone: it has to be the same one each time.
//!
//! ```
//! mod my_store {
//!     # use device_grant::store::MemoryStore;
//!     use std::sync::LazyLock;
//!     use device_grant::testing::ManualClock;
//!     use tokio::runtime::Runtime;
//!
//!     static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
//!
//!     async fn fresh(clock: ManualClock) -> ((), MemoryStore) {
//!         ((), MemoryStore::new().with_clock(clock))
//!     }
//!
//!     device_grant::store_conformance_tests!(fresh, block_on = |future| RUNTIME.block_on(future));
//! }
//! ```
//!
//! # What it does not show
//!
//! Races are run by threads of one process, see [`Racers`]. That acknowledged writes survive a crash, a failover or
//! a full disk (clause 10 of a store) takes a server that a test can kill. And a test that passes is no proof:
//! what breaks one time in a million passes nearly always.

mod block_on;
pub mod directory;
mod draws;
mod factory;
pub mod in_test;
pub mod issuer;
pub mod limiter;
mod macros;
mod racers;
pub mod redemption;
pub mod store;

pub use self::block_on::{BlockOn, Work, block_on};
pub use self::factory::Factory;
pub use self::racers::Racers;
