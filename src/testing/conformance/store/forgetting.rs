//! Clauses 8 and 9: the time for which a grant is stored, and its deletion.

use super::fixtures::{
    FORGET, SECOND, Shape, at, at_micros, by_code, by_id, code, insert, insert_at, new_row, poll,
    replace, row,
};
use crate::grant::Timestamp;
use crate::host::{GrantStore, Paced};
use crate::testing::conformance::Racers;
use crate::testing::{ManualClock, must};

/// Checks that a grant is found until one microsecond before `forget_at`.
pub async fn clause_08_a_grant_is_found_until_the_last_microsecond(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    // Not at the beginning of a second: a store may look for whole seconds first.
    for (number, micros) in [(1, 0), (2, 1)] {
        clock.set(at_micros(micros));
        let new = insert(store, &new_row(number)).await;
        clock.set(at_micros(micros + FORGET * SECOND - 1));
        assert_eq!(must(store.purge(10).await), 0, "{number}");
        assert_eq!(by_id(store, number).await.as_ref(), Some(&new));
        assert_eq!(by_code(store, number).await.as_ref(), Some(&new));
        clock.set(at_micros(micros + FORGET * SECOND));
        assert_eq!(must(store.purge(10).await), 1, "{number}");
    }
}

/// Checks that a denied, refused, redeemed or revoked grant is found until `forget_at`.
pub async fn clause_08_no_state_is_forgotten_early(store: &dyn GrantStore, clock: &ManualClock) {
    let mut current = insert_at(store, clock, 1, 0).await;
    clock.set(at(FORGET - 1));
    for (number, shape) in (2..).zip(Shape::all()) {
        current = replace(store, &current, &shape, number).await;
        assert_eq!(must(store.purge(10).await), 0);
        assert_eq!(by_id(store, 1).await.as_ref(), Some(&current));
        assert_eq!(by_code(store, 1).await.as_ref(), Some(&current));
    }
}

/// Checks that a replacement can extend `forget_at`, and that the user code is taken for as long.
pub async fn clause_08_a_replacement_can_have_a_grant_remembered_for_longer(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    let mut current = insert_at(store, clock, 1, 0).await;
    let mut approval = Shape::approved().over(&current, 2);
    approval.forget_at = at(10 * FORGET);
    assert!(must(store.replace(&approval).await));
    current.apply(&approval);
    clock.set(at(10 * FORGET - 1));
    assert_eq!(must(store.purge(10).await), 0);
    assert_eq!(by_id(store, 1).await.as_ref(), Some(&current));
    assert_eq!(by_code(store, 1).await.as_ref(), Some(&current));
    clock.set(at(10 * FORGET));
    assert_eq!(must(store.purge(10).await), 1);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
}

/// Checks that many insertions delete no other grant.
pub async fn clause_08_no_insertion_makes_a_store_forget_early(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    insert_at(store, clock, 0, 0).await;
    // A store may forget as it inserts, as `MemoryStore` does.
    for number in 1..500 {
        insert_at(store, clock, number, FORGET - 1).await;
    }
    assert_eq!(by_id(store, 0).await, Some(row(0)));
    assert_eq!(by_code(store, 0).await, Some(row(0)));
}

/// Checks that a purge deletes a grant together with its user code.
pub async fn clause_09_purge_forgets_a_grant_and_its_user_code(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    insert_at(store, clock, 1, 0).await;
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(10).await), 1);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
    assert_eq!(must(store.purge(10).await), 0);
}

/// Checks that a purge deletes grants in every state.
pub async fn clause_09_purge_forgets_every_state(store: &dyn GrantStore, clock: &ManualClock) {
    for (number, shape) in (2..).zip(Shape::all()) {
        let new = insert_at(store, clock, 1, 0).await;
        replace(store, &new, &shape, number).await;
        clock.set(at(FORGET));
        assert_eq!(must(store.purge(10).await), 1, "{shape:?}");
        assert_eq!(by_id(store, 1).await, None);
        assert_eq!(by_code(store, 1).await, None);
    }
}

/// Checks that a replacement can shorten `forget_at`, also after a purge that left the grant in the store.
pub async fn clause_09_a_replacement_can_have_a_grant_forgotten_sooner(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    let mut current = insert_at(store, clock, 1, 0).await;
    // Revision, `forget_at`, the time of the purge, and the number that it deletes.
    for (revision, forget_at, later, deleted) in [(2, 10, 2, 0), (3, 3, 3, 1)] {
        let mut replacement = Shape::approved().over(&current, revision);
        replacement.forget_at = at(forget_at * FORGET);
        assert!(must(store.replace(&replacement).await));
        current.apply(&replacement);
        clock.set(at(later * FORGET));
        assert_eq!(must(store.purge(10).await), deleted);
    }
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
    assert_eq!(must(store.purge(10).await), 0);
}

/// Checks that a purge deletes no grant before `forget_at`.
pub async fn clause_09_purge_forgets_nothing_else(store: &dyn GrantStore, clock: &ManualClock) {
    let is_young = |number: u64| !number.is_multiple_of(2);
    for number in 0..100 {
        insert_at(store, clock, number, is_young(number).into()).await;
    }
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(1_000).await), 50);
    for number in 0..100 {
        let is_found = by_id(store, number).await.is_some();
        assert_eq!(is_found, is_young(number), "grant {number}");
        let is_found = by_code(store, number).await.is_some();
        assert_eq!(is_found, is_young(number), "the code of grant {number}");
    }
}

/// Checks that a purge deletes at most `limit` grants, and that repeated purges until 0 delete all.
pub async fn clause_09_purge_forgets_no_more_than_its_limit_and_all_in_the_end(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for number in 0..250 {
        insert_at(store, clock, number, 0).await;
    }
    clock.set(at(FORGET));
    let mut rounds = Vec::new();
    while rounds.last() != Some(&0) {
        rounds.push(must(store.purge(100).await));
    }
    assert!(rounds.iter().all(|one| *one <= 100), "{rounds:?}");
    assert_eq!(rounds.iter().sum::<u64>(), 250);
    for number in 0..250 {
        assert_eq!(by_id(store, number).await, None);
        assert_eq!(by_code(store, number).await, None);
    }
}

/// Checks that a purge with a limit of zero deletes nothing.
pub async fn clause_09_a_limit_of_zero_forgets_nothing(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    insert_at(store, clock, 1, 0).await;
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(0).await), 0);
    assert_eq!(by_id(store, 1).await, Some(row(1)));
    assert_eq!(must(store.purge(u32::MAX).await), 1);
}

/// Checks purges with the clock at the earliest and at the latest time.
pub async fn clause_09_purge_works_at_the_ends_of_time(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    insert_at(store, clock, 1, 0).await;
    clock.set(Timestamp::MIN);
    assert_eq!(must(store.purge(10).await), 0);
    assert_eq!(by_id(store, 1).await, Some(row(1)));
    clock.set(Timestamp::MAX);
    assert_eq!(must(store.purge(10).await), 1);
    assert_eq!(by_id(store, 1).await, None);
}

/// Checks that the id and the user code of a deleted grant can be inserted again, without its old revision or pace.
pub async fn clause_09_what_is_forgotten_can_be_taken_again(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for issue in [0, FORGET] {
        insert_at(store, clock, 1, issue).await;
        for (seconds, expected) in [
            (issue, Paced::Accepted),
            // Told 15 s, if the pace of the former grant was left behind.
            (issue + 2, Paced::SlowDown { interval: 10 }),
        ] {
            let polled = poll(store, clock, 1, at(seconds)).await;
            assert_eq!(polled.paced, Some(expected));
        }
        clock.set(at(issue + FORGET));
        assert_eq!(must(store.purge(10).await), 1);
    }
}

/// Checks that deleting the former grant of a user code does not take the code from its present grant.
pub async fn clause_09_a_user_code_stays_with_the_grant_that_took_it_over(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    insert_at(store, clock, 1, 0).await;
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(10).await), 1);
    let mut successor = new_row(2);
    successor.user_code = Some(code(1));
    let successor = insert(store, &successor).await;
    assert_eq!(must(store.purge(10).await), 0);
    assert_eq!(by_code(store, 1).await, Some(successor));
}

/// Checks that simultaneous purges count each grant once, and together delete all.
pub fn clause_09_racing_purges_count_each_grant_once(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    racers.wait(async {
        for number in 0..500 {
            insert_at(store, clock, number, 0).await;
        }
    });
    clock.set(at(FORGET));
    // More in all than there are grants, so that several purges meet at one.
    let forgotten = racers.race(async |_| must(store.purge(400).await));
    assert!(forgotten.iter().all(|one| *one <= 400), "{forgotten:?}");
    let rest = racers.wait(async {
        let mut rest = 0;
        loop {
            match must(store.purge(400).await) {
                0 => break rest,
                more => rest += more,
            }
        }
    });
    assert_eq!(forgotten.iter().sum::<u64>() + rest, 500);
}
