use std::time::Duration;

use device_grant::host::{Charge, Debit, Limiter, Quota};
use device_grant::limiter::MemoryLimiter;

use super::clauses::{self, at, key};
use crate::store::block_on;

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

clauses! {
    clause_01_a_refused_charge_charges_none_of_the_others,
    clause_01_a_debt_is_not_taken_on_beside_a_refused_charge,
    clause_01_a_refusal_names_the_first_refused_charge_and_its_wait,
    clause_01_a_key_that_is_named_twice_is_charged_twice,
    clause_01_no_charge_is_always_allowed,
    clause_02_keys_do_not_share_what_they_have,
    clause_02_charges_are_judged_by_the_quota,
    clause_02_racing_charges_get_no_more_than_the_burst,
    clause_03_looking_and_being_refused_give_nothing_back,
    clause_03_a_look_that_is_allowed_costs_nothing,
    clause_03_a_debt_is_paid_by_time_alone,
    clause_03_a_clock_set_back_gives_nothing_back,
}

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
