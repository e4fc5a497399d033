//! Clauses 3 and 4: a replacement is a compare-and-set, and brings nothing into being.

use std::time::Duration;

use super::fixtures::{
    FORGET, approved, at, by_code, by_id, grant, insert, replace, reviewed, revision, stored,
};
use crate::grant::{Fence, Revision, Stored};
use crate::host::{GrantStore, Replaced};
use crate::testing::conformance::Racers;
use crate::testing::must;

/// Over the revision that it expects, a writer wins.
pub async fn clause_03_replace_writes_over_the_expected_revision(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let next = replace(store, &stored(1), approved(&grant(1)), 2).await;
    assert_eq!(by_id(store, 1).await, Some(next));
}

/// Over any other, it loses; its own new revision is no exception.
pub async fn clause_03_replace_over_another_revision_writes_nothing(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let next = Stored::new(approved(&grant(1)), revision(2));
    for other in [0, 2, u64::MAX] {
        let replaced = must(store.replace(revision(other), &next).await);
        assert_eq!(replaced, Replaced::Lost, "over {other}");
    }
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
}

/// What one grant is replaced by is written over no other.
pub async fn clause_03_a_replacement_changes_no_other_grant(store: &dyn GrantStore) {
    for number in 1..4 {
        insert(store, &Stored::new(grant(number), revision(7))).await;
    }
    let current = Stored::new(grant(2), revision(7));
    let next = replace(store, &current, approved(&grant(2)), 8).await;
    for number in [1, 3] {
        let other = Stored::new(grant(number), revision(7));
        assert_eq!(by_id(store, number).await, Some(other));
    }
    assert_eq!(by_id(store, 2).await, Some(next));
}

/// Who repeats a write after a lost reply is not to believe that it was first.
pub async fn clause_03_a_write_that_is_repeated_loses(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let next = replace(store, &stored(1), approved(&grant(1)), 2).await;
    let again = must(store.replace(revision(1), &next).await);
    assert_eq!(again, Replaced::Lost);
}

/// Neither a sign bit nor a float gets in the way of a revision.
pub async fn clause_03_any_64_bits_are_a_revision(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for bits in [
        u64::MAX,
        0,
        1 << 63,
        (1 << 53) + 1,
        1 << 53,
        i64::MAX.cast_unsigned(),
    ] {
        current = replace(store, &current, reviewed(&grant(1)), bits).await;
        let found = by_id(store, 1).await.map(|found| found.revision);
        assert_eq!(found, Some(Revision::from_u64(bits)));
    }
}

/// One of the racers writes, and what it wrote is there.
pub fn clause_03_of_racing_writers_one_wins(store: &dyn GrantStore, racers: &Racers<'_>) {
    for round in 0..50 {
        racers.wait(insert(store, &stored(round)));
        let own = |racer: u64| {
            let fence = Fence::from_bytes([u8::try_from(racer).unwrap_or_default(); 16]);
            let leased = approved(&grant(round)).lease(fence, at(30), Duration::MAX);
            Stored::new(must(leased), revision(1_000 + racer))
        };
        let replaced =
            racers.race(async |racer| must(store.replace(revision(round), &own(racer)).await));
        let winners: Vec<u64> = (0..)
            .zip(replaced)
            .filter_map(|(racer, replaced)| (replaced == Replaced::Won).then_some(racer))
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {winners:?} won");
        let found = racers.wait(by_id(store, round));
        assert_eq!(found, winners.first().map(|winner| own(*winner)));
    }
}

/// A grant that never was does not come into being.
pub async fn clause_04_replace_does_not_insert(store: &dyn GrantStore) {
    let replaced = must(store.replace(revision(1), &stored(1)).await);
    assert_eq!(replaced, Replaced::Lost);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
}

/// Nor does one that was.
pub async fn clause_04_a_forgotten_grant_stays_forgotten(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(must(store.purge(at(FORGET), 10).await), 1);
    let late = Stored::new(approved(&grant(1)), revision(2));
    let replaced = must(store.replace(revision(1), &late).await);
    assert_eq!(replaced, Replaced::Lost);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
}

/// Not even in the moment in which it is forgotten. A purge may pass over what somebody is writing, but not what it
/// counts.
pub fn clause_04_no_writer_that_races_a_purge_brings_a_grant_back(
    store: &dyn GrantStore,
    racers: &Racers<'_>,
) {
    for round in 0..50 {
        racers.wait(insert(store, &stored(round)));
        let forgotten = racers.race(async |racer| {
            if racer == 0 {
                return must(store.purge(at(FORGET), 10).await);
            }
            let next = Stored::new(reviewed(&grant(round)), revision(1_000 + racer));
            let _ = must(store.replace(revision(round), &next).await);
            0
        });
        racers.wait(async {
            let is_forgotten = forgotten.iter().sum::<u64>() == 1;
            let is_found = by_id(store, round).await.is_some();
            assert_eq!(is_found, !is_forgotten, "round {round}");
            let is_found = by_code(store, round).await.is_some();
            assert_eq!(is_found, !is_forgotten, "the code of round {round}");
            let rest = must(store.purge(at(FORGET), 10).await);
            assert_eq!(rest, u64::from(!is_forgotten), "round {round}");
        });
    }
}
