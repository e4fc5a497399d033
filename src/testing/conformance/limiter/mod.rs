//! The clauses of [`Limiter`](crate::host::Limiter#contract), by what they are about.
//!
//! Each function needs a limiter without charges that uses the clock of the [`Fixture`].
//! [`limiter_conformance_tests!`] calls each function with a fresh one, except
//! [`clause_04_two_nodes_share_what_a_key_has`](sharing::clause_04_two_nodes_share_what_a_key_has): only you can
//! create two limiters that share their counts.
//!
//! ```
//! use device_grant::limiter::MemoryLimiter;
//! use device_grant::testing::ManualClock;
//! use device_grant::testing::conformance::{block_on, limiter};
//!
//! let clock = ManualClock::new();
//! let memory = MemoryLimiter::new().with_clock(clock.clone());
//! let fixture = limiter::Fixture::new(memory, clock);
//! block_on(limiter::charging::clause_01_no_charge_is_always_allowed(&fixture));
//! ```
//!
//! [`limiter_conformance_tests!`]: crate::limiter_conformance_tests

pub mod charging;
mod fixture;
pub mod judging;
pub mod purging;
pub mod sharing;

use std::time::Duration;

pub use self::fixture::{Fixture, timed};
use crate::host::{Charge, LimitKey, Quota};

const MINUTE: Duration = Duration::from_secs(60);

/// Takes one of `burst` units per minute.
fn take(whose: &str, burst: u32) -> Charge {
    Charge::take(LimitKey::new("test", "", whose), Quota::new(burst, MINUTE))
}

/// Gives one of `burst` units per minute back.
fn give_back(whose: &str, burst: u32) -> Charge {
    take(whose, burst).given_back()
}
