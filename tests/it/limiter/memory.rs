use std::time::Duration;

use device_grant::host::{Charge, LimitKey, Limiter, Quota};
use device_grant::limiter::MemoryLimiter;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::block_on;
use device_grant::testing::conformance::limiter::{Fixture, judging};
use proptest::prelude::*;

/// Clause 4 is about nodes, and this one has none.
mod conformance {
    use super::MemoryLimiter;

    device_grant::limiter_conformance_tests!(|clock| async {
        ((), MemoryLimiter::new().with_clock(clock))
    });
}

proptest! {
    #[test]
    fn any_history_of_charges_is_judged_by_the_quota(seed: u64) {
        let (limiter, clock) = limiter();
        block_on(judging::random_history(&Fixture::new(limiter, clock), seed));
    }
}

fn limiter() -> (MemoryLimiter, ManualClock) {
    let clock = ManualClock::new();
    (MemoryLimiter::new().with_clock(clock.clone()), clock)
}

fn charge(limiter: &MemoryLimiter, number: i64, gives_back: bool) {
    let quota = Quota::new(1, Duration::from_secs(60));
    let key = LimitKey::new("test", "", &number.to_string());
    let mut charge = Charge::take(key, quota);
    charge.gives_back = gives_back;
    let _ = block_on(limiter.charge(&[charge])).unwrap();
}

#[test]
fn keys_that_owe_nothing_any_more_are_dropped() {
    let (limiter, clock) = limiter();
    let mut most = 0;
    for number in 0..50_000 {
        // One key in ten milliseconds owes for a minute: 6,000 at a time.
        clock.advance(Duration::from_millis(10));
        charge(&limiter, number, false);
        most = most.max(limiter.len());
    }
    assert!(most <= 2 * 6_100, "{most} keys at once");
}

#[test]
fn keys_that_only_give_back_are_not_kept() {
    let limiter = MemoryLimiter::new();
    for number in 0..100 {
        charge(&limiter, number, true);
    }
    assert!(limiter.is_empty());
}

#[test]
fn keys_that_owe_are_never_dropped() {
    let limiter = MemoryLimiter::new();
    for number in 0..5_000 {
        charge(&limiter, number, false);
    }
    assert_eq!(limiter.len(), 5_000);
}

#[test]
fn a_limiter_with_a_key_that_owes_is_not_empty() {
    let limiter = MemoryLimiter::new();
    charge(&limiter, 1, false);
    assert!(!limiter.is_empty());
}

#[test]
fn its_debug_says_how_many_keys_it_has_and_not_which() {
    let limiter = MemoryLimiter::new();
    charge(&limiter, 7, false);
    assert_eq!(format!("{limiter:?}"), "MemoryLimiter { keys: 1 }");
}
