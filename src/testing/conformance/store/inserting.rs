//! Clause 1: what is inserted, and what is refused.

use super::fixtures::{
    FORGET, at, by_code, by_id, code, grant, id, in_every_state, insert, issuance, issued, replace,
    stored,
};
use crate::grant::Stored;
use crate::host::{GrantStore, Insertion};
use crate::testing::conformance::Racers;
use crate::testing::must;

/// A grant that was inserted is found under both of its names.
pub async fn clause_01_a_new_grant_is_found_by_its_id_and_by_its_user_code(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
    assert_eq!(by_code(store, 1).await, Some(stored(1)));
}

/// A second grant under the same id changes nothing, and does not take its user code either.
pub async fn clause_01_a_taken_id_is_refused_and_nothing_is_written(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let mut second = issuance(1);
    second.user_code = Some(code(2));
    let inserted = must(store.insert(&issued(second, 2)).await);
    assert_eq!(inserted, Insertion::Taken);
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
    assert_eq!(by_code(store, 2).await, None);
    insert(store, &stored(2)).await;
}

/// A second grant under the same user code changes nothing, and does not take its id either.
pub async fn clause_01_a_taken_user_code_is_refused_and_nothing_is_written(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let mut second = issuance(2);
    second.user_code = Some(code(1));
    let inserted = must(store.insert(&issued(second, 2)).await);
    assert_eq!(inserted, Insertion::Taken);
    assert_eq!(by_id(store, 2).await, None);
    assert_eq!(by_code(store, 1).await, Some(stored(1)));
    insert(store, &stored(2)).await;
}

/// There is no repetition that counts as a success: the caller could not tell it from somebody else's grant.
pub async fn clause_01_inserting_the_same_grant_twice_is_refused(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(must(store.insert(&stored(1)).await), Insertion::Taken);
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
}

/// A used or expired user code is not drawn again as long as its grant is remembered.
pub async fn clause_01_a_user_code_is_taken_in_every_state_and_after_expiry(
    store: &dyn GrantStore,
) {
    let states = in_every_state(&grant(0)).len();
    for (nth, number) in (0..).step_by(2).take(states).enumerate() {
        let first = stored(number);
        insert(store, &first).await;
        for next in in_every_state(&first.grant).into_iter().skip(nth).take(1) {
            replace(store, &first, next, 1_000).await;
        }
        let mut second = issuance(number + 1);
        second.user_code = Some(code(number));
        second.issued_at = at(FORGET - 1);
        let inserted = must(store.insert(&issued(second, 1)).await);
        assert_eq!(inserted, Insertion::Taken, "the {nth}th state");
    }
}

/// The user code is optional, and its absence is no value that could be taken.
pub async fn clause_01_grants_without_a_user_code_do_not_get_in_each_others_way(
    store: &dyn GrantStore,
) {
    for number in 1..4 {
        let mut unnamed = issuance(number);
        unnamed.user_code = None;
        insert(store, &issued(unnamed, number)).await;
        assert!(by_id(store, number).await.is_some(), "grant {number}");
    }
}

/// One of the racers gets the user code, and nothing is left of the others.
pub fn clause_01_of_racing_insertions_under_one_user_code_one_wins(
    store: &dyn GrantStore,
    racers: &Racers<'_>,
) {
    for round in 0..50 {
        let number = |racer| round * Racers::COUNT + racer;
        let inserted = racers.race(async |racer| {
            let mut issuance = issuance(number(racer));
            issuance.user_code = Some(code(round));
            must(store.insert(&issued(issuance, racer)).await)
        });
        let winners: Vec<u64> = (0..)
            .zip(inserted)
            .filter_map(|(racer, inserted)| (inserted == Insertion::Inserted).then_some(racer))
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {winners:?} won");
        racers.wait(async {
            let found = by_code(store, round).await.map(|found| found.grant.id());
            assert!(
                winners
                    .iter()
                    .all(|&winner| found == Some(id(number(winner))))
            );
            for loser in (0..Racers::COUNT).filter(|racer| !winners.contains(racer)) {
                assert_eq!(by_id(store, number(loser)).await, None);
            }
        });
    }
}

/// One of the racers gets the id, and the user codes of the others stay free.
pub fn clause_01_of_racing_insertions_under_one_id_one_wins(
    store: &dyn GrantStore,
    racers: &Racers<'_>,
) {
    for round in 0..50 {
        let own_code = |racer| 1_000 + round * Racers::COUNT + racer;
        let inserted = racers.race(async |racer| {
            let mut issuance = issuance(round);
            issuance.user_code = Some(code(own_code(racer)));
            must(store.insert(&issued(issuance, racer)).await)
        });
        let won = inserted.iter().filter(|i| **i == Insertion::Inserted);
        assert_eq!(won.count(), 1, "round {round}");
        racers.wait(async {
            for (racer, inserted) in (0..).zip(inserted) {
                let is_found = by_code(store, own_code(racer)).await.is_some();
                assert_eq!(is_found, inserted == Insertion::Inserted);
            }
            let found: Option<Stored> = by_id(store, round).await;
            assert!(found.is_some_and(|found| found.revision.as_u64() < Racers::COUNT));
        });
    }
}
