//! The contracts of the ports as tests, for your own store, directory, limiter or issuer.
//!
//! Each numbered clause of the contracts of [`GrantStore`](crate::host::GrantStore#contract),
//! [`GrantDirectory`](crate::host::GrantDirectory#contract), [`Limiter`](crate::host::Limiter#contract) and [`TokenIssuer`](crate::host::TokenIssuer#contract) is tested by
//! functions whose names begin with its number. A macro creates a `#[test]` for each, so that a failing test names the broken
//! clause:
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
//! Beyond the clauses, [`redemption`] interrupts redemptions on your store at every possible place.
//!
//! | for | macro | functions |
//! |---|---|---|
//! | a store | [`store_conformance_tests!`](crate::store_conformance_tests) | [`store`] |
//! | a limiter | [`limiter_conformance_tests!`](crate::limiter_conformance_tests) | [`limiter`] |
//! | a directory | [`directory_conformance_tests!`](crate::directory_conformance_tests) | [`directory`] |
//! | redemptions on a store, amid failures | [`redemption_conformance_tests!`](crate::redemption_conformance_tests) | [`redemption`] |
//! | an issuer | [`issuer_conformance_tests!`](crate::issuer_conformance_tests) | [`issuer`] |
//!
//! # Your runtime
//!
//! This crate has no runtime. By default, tests run on the [`block_on`] of this module, which suffices for ports that need no
//! runtime or bring their own threads. Otherwise pass the `block_on` of your runtime; up to [`Racers::COUNT`] threads call it at
//! once. Use one runtime for all calls: a pool's connections do not survive the runtime on which they were opened.
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
//! # Limits of these tests
//!
//! Races run in threads of one process, see [`Racers`]. To test that acknowledged writes survive a crash, a failover or
//! a full disk (clause 10 of a store), you need a server that your test can kill. And a passing test is no proof:
//! an error that occurs once in a million runs nearly always passes.

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
