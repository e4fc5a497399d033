//! The clauses of [`GrantStore`](crate::host::GrantStore#contract), by what they are about.
//!
//! Each function wants a store in which nothing has been stored, and the clock by which that store tells the time; [`store_conformance_tests!`] calls every one of them
//! with its own. Those with [`Racers`](super::Racers) block the thread that calls them, and are called outside of
//! `block_on`.
//!
//! ```
//! use device_grant::store::MemoryStore;
//! use device_grant::testing::ManualClock;
//! use device_grant::testing::conformance::{block_on, store};
//!
//! let clock = ManualClock::new();
//! let memory = MemoryStore::new().with_clock(clock.clone());
//! block_on(store::forgetting::clause_09_purge_forgets_a_grant_and_its_user_code(&memory, &clock));
//! ```
//!
//! [`store_conformance_tests!`]: crate::store_conformance_tests

pub mod fixtures;
pub mod forgetting;
pub mod inserting;
pub mod keeping;
pub mod pacing;
pub mod polling;
pub mod reading;
pub mod replacing;
pub mod timing;
