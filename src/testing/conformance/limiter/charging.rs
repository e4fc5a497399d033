//! Clause 1: all or nothing.

use std::time::Duration;

use super::{at, charge, is_allowed, left, take};
use crate::host::{Charged, Debit, Limiter};
use crate::testing::must;

/// What one of them refuses, the others do not pay for, before it and behind it.
pub async fn clause_01_a_refused_charge_charges_none_of_the_others(limiter: &dyn Limiter) {
    assert!(is_allowed(limiter, &[take("full", 1)], at(0)).await);
    let charges = [take("a", 5), take("full", 1), take("b", 5)];
    assert!(!is_allowed(limiter, &charges, at(0)).await);
    assert_eq!(left(limiter, "a", 5, at(0)).await, 5);
    assert_eq!(left(limiter, "b", 5, at(0)).await, 5);
}

/// Nor does a key get back what it used for something else.
pub async fn clause_01_nothing_is_given_back_beside_a_refused_charge(limiter: &dyn Limiter) {
    for whose in ["a", "full"] {
        assert!(is_allowed(limiter, &[take(whose, 1)], at(0)).await);
    }
    let charges = [charge("a", 1, Debit::GiveBack), take("full", 1)];
    assert!(!is_allowed(limiter, &charges, at(0)).await);
    assert_eq!(left(limiter, "a", 1, at(0)).await, 0);
}

/// The caller learns which limit it was, and when to come back.
pub async fn clause_01_a_refusal_names_the_first_refused_charge_and_its_wait(
    limiter: &dyn Limiter,
) {
    for whose in ["one", "two"] {
        assert!(is_allowed(limiter, &[take(whose, 1)], at(0)).await);
    }
    let charges = [take("a", 5), take("one", 1), take("two", 1)];
    let charged = must(limiter.charge(&charges, at(20)).await);
    let expected = Charged::Limited {
        index: 1,
        retry_after: Duration::from_secs(40),
    };
    assert_eq!(charged, expected);
    assert!(is_allowed(limiter, &charges, at(60)).await);
}

/// Two charges of one key in one call are two.
pub async fn clause_01_a_key_that_is_named_twice_is_charged_twice(limiter: &dyn Limiter) {
    let twice = [take("a", 3), take("a", 3)];
    assert!(is_allowed(limiter, &twice, at(0)).await);
    assert!(!is_allowed(limiter, &twice, at(0)).await);
    assert_eq!(left(limiter, "a", 3, at(0)).await, 1);
}

/// Who charges nothing is not refused.
pub async fn clause_01_no_charge_is_always_allowed(limiter: &dyn Limiter) {
    assert!(is_allowed(limiter, &[], at(0)).await);
}
