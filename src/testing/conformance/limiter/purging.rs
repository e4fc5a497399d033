//! Clause 5: no key without a debt is stored, and a purge deletes no debt.

use super::{Fixture, give_back, take};
use crate::testing::must;

/// Checks that a purge deletes no key with a debt.
pub async fn clause_05_purge_forgets_no_debt(fixture: &Fixture) {
    for whose in ["a", "b"] {
        assert!(fixture.is_allowed(&[take(whose, 1)], 0).await);
    }
    assert_eq!(must(fixture.at(59).purge(u32::MAX).await), 0);
    for whose in ["a", "b"] {
        assert!(!fixture.is_allowed(&[take(whose, 1)], 59).await);
    }
}

/// Checks that a purge deletes at most `limit` keys, and that repeated purges delete all keys without a debt.
pub async fn clause_05_purge_forgets_no_more_than_its_limit_and_all_in_the_end(fixture: &Fixture) {
    for whose in 0..5 {
        let charge = take(&whose.to_string(), 1);
        assert!(fixture.is_allowed(&[charge], 0).await);
    }
    assert_eq!(must(fixture.at(60).purge(0).await), 0);
    // Keys may have expired in the limiter already, or been dropped by another charge.
    let mut forgotten = 0;
    while let some @ 1.. = must(fixture.at(60).purge(2).await) {
        assert!(some <= 2, "{some} at once");
        forgotten += some;
        assert!(forgotten <= 5, "{forgotten} of 5");
    }
    assert_eq!(must(fixture.at(60).purge(u32::MAX).await), 0);
}

/// Checks that refused charges of new keys do not fill the limiter.
pub async fn clause_05_a_refused_charge_leaves_nothing_behind(fixture: &Fixture) {
    assert!(fixture.is_allowed(&[take("everybody", 1)], 0).await);
    for whose in 0..20 {
        let charges = [take(&whose.to_string(), 1), take("everybody", 1)];
        assert!(!fixture.is_allowed(&charges, 0).await);
    }
    assert_eq!(must(fixture.at(0).purge(u32::MAX).await), 0);
}

/// Checks that giving back to unknown keys does not fill the limiter.
pub async fn clause_05_giving_back_to_an_unknown_key_leaves_nothing_behind(fixture: &Fixture) {
    for whose in 0..20 {
        let charges = [give_back(&whose.to_string(), 1)];
        assert!(fixture.is_allowed(&charges, 0).await);
    }
    assert_eq!(must(fixture.at(0).purge(u32::MAX).await), 0);
}
