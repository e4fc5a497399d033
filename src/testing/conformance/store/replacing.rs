//! Clauses 3 and 4: a replacement is a compare-and-set, and never inserts.

use super::fixtures::{FORGET, Shape, at, by_code, by_id, insert, new_row, replace, row};
use crate::host::{GrantStore, Replacement};
use crate::testing::conformance::Racers;
use crate::testing::{ManualClock, must};

/// Checks that a replacement writes over the expected revision.
pub async fn clause_03_replace_writes_over_the_expected_revision(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let new = insert(store, &new_row(1)).await;
    let next = replace(store, &new, &Shape::approved(), 2).await;
    assert_eq!(by_id(store, 1).await, Some(next));
}

/// Checks that a replacement with any other expected revision writes nothing, also if that is its own new revision.
pub async fn clause_03_replace_over_another_revision_writes_nothing(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    for other in [0, 2, u64::MAX] {
        let replaced = must(store.replace(&expecting(other, 2)).await);
        assert!(!replaced, "over {other}");
    }
    assert_eq!(by_id(store, 1).await, Some(row(1)));
}

/// Checks that a replacement changes no other grant.
pub async fn clause_03_a_replacement_changes_no_other_grant(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let mut rows = Vec::new();
    for number in 1..4 {
        let mut new = new_row(number);
        new.revision = 7;
        rows.push(insert(store, &new).await);
    }
    for (number, current) in (1..).zip(&rows).skip(1).take(1) {
        let next = replace(store, current, &Shape::approved(), 8).await;
        assert_eq!(by_id(store, number).await, Some(next));
    }
    for (number, other) in (1..).zip(rows).step_by(2) {
        assert_eq!(by_id(store, number).await, Some(other));
    }
}

/// Checks that a repeated replacement returns `false`, as after a lost reply.
pub async fn clause_03_a_write_that_is_repeated_loses(store: &dyn GrantStore, clock: &ManualClock) {
    clock.set(at(0));
    let new = insert(store, &new_row(1)).await;
    replace(store, &new, &Shape::approved(), 2).await;
    let again = must(store.replace(&Shape::approved().over(&new, 2)).await);
    assert!(!again);
}

/// Checks that a revision can have any 64 bits.
pub async fn clause_03_any_64_bits_are_a_revision(store: &dyn GrantStore, clock: &ManualClock) {
    clock.set(at(0));
    let mut current = insert(store, &new_row(1)).await;
    for bits in [
        u64::MAX,
        0,
        1 << 63,
        (1 << 53) + 1,
        1 << 53,
        i64::MAX.cast_unsigned(),
    ] {
        current = replace(store, &current, &Shape::reviewed(), bits).await;
        let found = by_id(store, 1).await.map(|found| found.revision);
        assert_eq!(found, Some(bits));
    }
}

/// Checks that of simultaneous writers with the same expected revision one succeeds, and its row is stored.
pub fn clause_03_of_racing_writers_one_wins(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    clock.set(at(0));
    for round in 0..50 {
        let new = racers.wait(insert(store, &new_row(round)));
        let own = |racer: u64| Shape::approved().over(&new, 1_000 + racer);
        let replaced = racers.race(async |racer| must(store.replace(&own(racer)).await));
        let winners: Vec<u64> = (0..)
            .zip(replaced)
            .filter_map(|(racer, replaced)| replaced.then_some(racer))
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {winners:?} won");
        let found = racers.wait(by_id(store, round)).map(|found| found.revision);
        let written = winners.first().map(|winner| own(*winner).revision);
        assert_eq!(found, written);
    }
}

/// Checks that a replacement of an unknown grant inserts nothing.
pub async fn clause_04_replace_does_not_insert(store: &dyn GrantStore, clock: &ManualClock) {
    clock.set(at(0));
    let replaced = must(store.replace(&expecting(1, 1)).await);
    assert!(!replaced);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
}

/// Checks that a replacement of a deleted grant inserts nothing.
pub async fn clause_04_a_forgotten_grant_stays_forgotten(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(10).await), 1);
    let replaced = must(store.replace(&expecting(1, 2)).await);
    assert!(!replaced);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
}

/// Checks that a replacement during a purge does not recreate a deleted grant. A purge may skip a row that is being
/// written, but not one that it counts.
pub fn clause_04_no_writer_that_races_a_purge_brings_a_grant_back(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    for round in 0..50 {
        clock.set(at(0));
        let new = racers.wait(insert(store, &new_row(round)));
        clock.set(at(FORGET));
        let forgotten = racers.race(async |racer| {
            if racer == 0 {
                return must(store.purge(10).await);
            }
            let _ = must(
                store
                    .replace(&Shape::reviewed().over(&new, 1_000 + racer))
                    .await,
            );
            0
        });
        racers.wait(async {
            let is_forgotten = forgotten.iter().sum::<u64>() == 1;
            let is_found = by_id(store, round).await.is_some();
            assert_eq!(is_found, !is_forgotten, "round {round}");
            let is_found = by_code(store, round).await.is_some();
            assert_eq!(is_found, !is_forgotten, "the code of round {round}");
            let rest = must(store.purge(10).await);
            assert_eq!(rest, u64::from(!is_forgotten), "round {round}");
        });
    }
}

/// An approval of row 1 over the revision of the first number, under that of the second.
fn expecting(expected: u64, next: u64) -> Replacement {
    let mut replacement = Shape::approved().over(&row(1), next);
    replacement.expected = expected;
    replacement
}
