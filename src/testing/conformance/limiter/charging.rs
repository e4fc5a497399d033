//! Clause 1: all or nothing.

use std::time::Duration;

use super::{Fixture, give_back, take};
use crate::host::Charged;
use crate::testing::must;

/// Checks that a refused charge leaves the charges before and after it in the same call unmade.
pub async fn clause_01_a_refused_charge_charges_none_of_the_others(fixture: &Fixture) {
    assert!(fixture.is_allowed(&[take("full", 1)], 0).await);
    let charges = [take("a", 5), take("full", 1), take("b", 5)];
    assert!(!fixture.is_allowed(&charges, 0).await);
    assert_eq!(fixture.left("a", 5, 0).await, 5);
    assert_eq!(fixture.left("b", 5, 0).await, 5);
}

/// Checks that nothing is given back in a call in which a charge is refused.
pub async fn clause_01_nothing_is_given_back_beside_a_refused_charge(fixture: &Fixture) {
    for whose in ["a", "full"] {
        assert!(fixture.is_allowed(&[take(whose, 1)], 0).await);
    }
    let charges = [give_back("a", 1), take("full", 1)];
    assert!(!fixture.is_allowed(&charges, 0).await);
    assert_eq!(fixture.left("a", 1, 0).await, 0);
}

/// Checks that a refusal has the index of the first refused charge, and the time to wait for it.
pub async fn clause_01_a_refusal_names_the_first_refused_charge_and_its_wait(fixture: &Fixture) {
    for whose in ["one", "two"] {
        assert!(fixture.is_allowed(&[take(whose, 1)], 0).await);
    }
    let charges = [take("a", 5), take("one", 1), take("two", 1)];
    let charged = must(fixture.at(20).charge(&charges).await);
    let expected = Charged::limited(1, Duration::from_secs(40));
    assert_eq!(charged, expected);
    assert!(fixture.is_allowed(&charges, 60).await);
}

/// Checks that two charges to one key in one call take two units.
pub async fn clause_01_a_key_that_is_named_twice_is_charged_twice(fixture: &Fixture) {
    let twice = [take("a", 3), take("a", 3)];
    assert!(fixture.is_allowed(&twice, 0).await);
    assert!(!fixture.is_allowed(&twice, 0).await);
    assert_eq!(fixture.left("a", 3, 0).await, 1);
}

/// Checks that taking and giving back a unit in one call does not change a key. With a quota of two in the same period,
/// such a call tests if more than half of the key is used up.
pub async fn clause_01_a_take_and_a_give_back_in_one_call_leave_a_key_as_it_was(fixture: &Fixture) {
    let is_half_left = [take("a", 2), give_back("a", 2)];
    for used in 0..4 {
        let expected = used <= 2;
        for _ in 0..3 {
            assert_eq!(fixture.is_allowed(&is_half_left, 0).await, expected);
        }
        assert!(fixture.is_allowed(&[take("a", 4)], 0).await);
    }
    assert_eq!(fixture.left("a", 4, 0).await, 0);
}

/// Checks that a call without charges is allowed.
pub async fn clause_01_no_charge_is_always_allowed(fixture: &Fixture) {
    assert!(fixture.is_allowed(&[], 0).await);
}
