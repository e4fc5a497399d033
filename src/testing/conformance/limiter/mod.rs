//! The clauses of [`Limiter`](crate::host::Limiter#contract), by what they are about.
//!
//! Each function wants a limiter that has charged nothing; [`limiter_conformance_tests!`] calls every one of them with
//! its own, but for [`clause_04_two_nodes_share_what_a_key_has`](sharing::clause_04_two_nodes_share_what_a_key_has):
//! only the host can make two that share.
//!
//! ```
//! use device_grant::limiter::MemoryLimiter;
//! use device_grant::testing::conformance::{block_on, limiter};
//!
//! let memory = MemoryLimiter::new();
//! block_on(limiter::charging::clause_01_no_charge_is_always_allowed(&memory));
//! ```
//!
//! [`limiter_conformance_tests!`]: crate::limiter_conformance_tests

pub mod charging;
pub mod judging;
pub mod sharing;

use std::time::Duration;

use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debit, LimitKey, Limiter, Quota};
use crate::testing::must;

const MINUTE: Duration = Duration::from_secs(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_700_000_000 + seconds) * 1_000_000)
}

/// A charge of one of `burst` units per minute.
fn charge(whose: &str, burst: u32, debit: Debit) -> Charge {
    Charge::new(
        LimitKey::new("test", whose),
        Quota::new(burst, MINUTE),
        debit,
    )
}

fn take(whose: &str, burst: u32) -> Charge {
    charge(whose, burst, Debit::Take)
}

async fn is_allowed(limiter: &dyn Limiter, charges: &[Charge], now: Timestamp) -> bool {
    must(limiter.charge(charges, now).await) == Charged::Allowed
}

/// How many more units this key has at this time. They are taken.
async fn left(limiter: &dyn Limiter, whose: &str, burst: u32, now: Timestamp) -> u32 {
    for left in 0..=burst {
        if !is_allowed(limiter, &[take(whose, burst)], now).await {
            return left;
        }
    }
    // More than there can be.
    u32::MAX
}
