use std::time::Duration;

use device_grant::host::{Charge, Debit, Limiter, Quota};
use device_grant::limiter::MemoryLimiter;

use super::clauses::{self, at, key};
use crate::executor::block_on;

/// One test for each clause, with a fresh limiter each. Clause 4 is about nodes, and this one has none.
macro_rules! clauses {
    ($($clause:ident),+ $(,)?) => {
        $(
            #[test]
            fn $clause() {
                block_on(clauses::$clause(&MemoryLimiter::new()));
            }
        )+
    };
}

every_limiter_clause!(clauses);

fn charge(limiter: &MemoryLimiter, number: i64, debit: Debit, seconds: i64) {
    let quota = Quota::new(1, Duration::from_secs(60));
    let charge = Charge::new(key(&number.to_string()), quota, debit);
    let _ = block_on(limiter.charge(&[charge], at(seconds))).unwrap();
}

#[test]
fn keys_that_owe_nothing_any_more_are_dropped() {
    let limiter = MemoryLimiter::new();
    let mut most = 0;
    for number in 0..50_000 {
        // One key in ten milliseconds owes for a minute: 6,000 at a time.
        charge(&limiter, number, Debit::Take, number / 100);
        most = most.max(limiter.len());
    }
    assert!(most <= 2 * 6_100, "{most} keys at once");
}

#[test]
fn keys_that_are_only_looked_at_are_not_kept() {
    let limiter = MemoryLimiter::new();
    for number in 0..100 {
        charge(&limiter, number, Debit::Look, 0);
    }
    assert!(limiter.is_empty());
}

#[test]
fn keys_that_owe_are_never_dropped() {
    let limiter = MemoryLimiter::new();
    for number in 0..5_000 {
        charge(&limiter, number, Debit::Take, 0);
    }
    assert_eq!(limiter.len(), 5_000);
}

#[test]
fn its_debug_says_how_many_keys_it_has_and_not_which() {
    let limiter = MemoryLimiter::new();
    charge(&limiter, 7, Debit::Take, 0);
    assert_eq!(format!("{limiter:?}"), "MemoryLimiter { keys: 1 }");
}
