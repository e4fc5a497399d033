//! Clauses 8 and 9: how long a grant is remembered, and that it is forgotten then.

use super::fixtures::{
    FORGET, SECOND, at, at_micros, by_code, by_id, code, grant, in_every_state, insert, issuance,
    issued, replace, stored,
};
use super::polling::poll;
use crate::grant::{Paced, Stored, Timestamp};
use crate::host::GrantStore;
use crate::testing::conformance::Racers;
use crate::testing::must;

/// The grant of this number, issued this many seconds later than the others.
fn issued_at(number: u64, seconds: i64) -> Stored {
    let mut issuance = issuance(number);
    issuance.issued_at = at(seconds);
    issued(issuance, number)
}

/// At `forget_at` it may go, and a microsecond before it may not.
pub async fn clause_08_a_grant_is_found_until_the_last_microsecond(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let last = at_micros(FORGET * SECOND - 1);
    assert_eq!(must(store.purge(last, 10).await), 0);
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
    assert_eq!(by_code(store, 1).await, Some(stored(1)));
}

/// What was denied, refused, redeemed or revoked goes on being answered so.
pub async fn clause_08_no_state_is_forgotten_early(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for (number, next) in (2..).zip(in_every_state(&grant(1))) {
        current = replace(store, &current, next, number).await;
        assert_eq!(must(store.purge(at(FORGET - 1), 10).await), 0);
        assert_eq!(by_id(store, 1).await.as_ref(), Some(&current));
        assert_eq!(by_code(store, 1).await.as_ref(), Some(&current));
    }
}

/// A rush of requests pushes nothing out.
pub async fn clause_08_no_insertion_makes_a_store_forget_early(store: &dyn GrantStore) {
    insert(store, &stored(0)).await;
    for number in 1..500 {
        insert(store, &issued_at(number, FORGET - 1)).await;
    }
    assert_eq!(by_id(store, 0).await, Some(stored(0)));
    assert_eq!(by_code(store, 0).await, Some(stored(0)));
}

/// The grant goes, and its user code with it.
pub async fn clause_09_purge_forgets_a_grant_and_its_user_code(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(must(store.purge(at(FORGET), 10).await), 1);
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
    assert_eq!(must(store.purge(at(FORGET), 10).await), 0);
}

/// No state is kept for ever.
pub async fn clause_09_purge_forgets_every_state(store: &dyn GrantStore) {
    let all = in_every_state(&grant(1));
    for (number, next) in (2..).zip(&all) {
        insert(store, &stored(1)).await;
        replace(store, &stored(1), next.clone(), number).await;
        let forgotten = must(store.purge(at(FORGET), 10).await);
        assert_eq!(forgotten, 1, "{:?}", next.state().name());
        assert_eq!(by_id(store, 1).await, None);
        assert_eq!(by_code(store, 1).await, None);
    }
}

/// Who is still remembered stays.
pub async fn clause_09_purge_forgets_nothing_else(store: &dyn GrantStore) {
    let is_young = |number: u64| !number.is_multiple_of(2);
    for number in 0..100 {
        insert(store, &issued_at(number, is_young(number).into())).await;
    }
    assert_eq!(must(store.purge(at(FORGET), 1_000).await), 50);
    for number in 0..100 {
        let is_found = by_id(store, number).await.is_some();
        assert_eq!(is_found, is_young(number), "grant {number}");
        let is_found = by_code(store, number).await.is_some();
        assert_eq!(is_found, is_young(number), "the code of grant {number}");
    }
}

/// One call has a bounded amount of work, and calls until the last one says 0 do all of it.
pub async fn clause_09_purge_forgets_no_more_than_its_limit_and_all_in_the_end(
    store: &dyn GrantStore,
) {
    for number in 0..250 {
        insert(store, &stored(number)).await;
    }
    let mut rounds = Vec::new();
    while rounds.last() != Some(&0) {
        rounds.push(must(store.purge(at(FORGET), 100).await));
    }
    assert_eq!(rounds, [100, 100, 50, 0]);
    for number in 0..250 {
        assert_eq!(by_id(store, number).await, None);
        assert_eq!(by_code(store, number).await, None);
    }
}

/// Zero is no way to write "without limit".
pub async fn clause_09_a_limit_of_zero_forgets_nothing(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(must(store.purge(at(FORGET), 0).await), 0);
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
    assert_eq!(must(store.purge(at(FORGET), u32::MAX).await), 1);
}

/// A clock at either end of time forgets nothing too much and nothing too little.
pub async fn clause_09_purge_works_at_the_ends_of_time(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(must(store.purge(Timestamp::MIN, 10).await), 0);
    assert_eq!(by_id(store, 1).await, Some(stored(1)));
    assert_eq!(must(store.purge(Timestamp::MAX, 10).await), 1);
    assert_eq!(by_id(store, 1).await, None);
}

/// Nothing of the old grant clings to its names: neither a revision nor a pace.
pub async fn clause_09_what_is_forgotten_can_be_taken_again(store: &dyn GrantStore) {
    for issue in [0, FORGET] {
        insert(store, &issued_at(1, issue)).await;
        for (seconds, expected) in [
            (issue, Paced::Accepted),
            (issue + 2, Paced::SlowDown { interval: 10 }),
        ] {
            let polled = poll(store, 1, at(seconds)).await;
            assert_eq!(polled.paced, Some(expected));
        }
        assert_eq!(must(store.purge(at(issue + FORGET), 10).await), 1);
    }
}

/// Forgetting the one who had a code before takes it from nobody.
pub async fn clause_09_a_user_code_stays_with_the_grant_that_took_it_over(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(must(store.purge(at(FORGET), 10).await), 1);
    let mut successor = issuance(2);
    successor.user_code = Some(code(1));
    successor.issued_at = at(FORGET);
    let successor = issued(successor, 2);
    insert(store, &successor).await;
    assert_eq!(must(store.purge(at(FORGET), 10).await), 0);
    assert_eq!(by_code(store, 1).await, Some(successor));
}

/// Several nodes may purge at once: what they say adds up.
pub fn clause_09_racing_purges_count_each_grant_once(store: &dyn GrantStore, racers: &Racers<'_>) {
    racers.wait(async {
        for number in 0..500 {
            insert(store, &stored(number)).await;
        }
    });
    let forgotten = racers.race(async |_| must(store.purge(at(FORGET), 400).await));
    assert!(forgotten.iter().all(|one| *one <= 400), "{forgotten:?}");
    // Those that get into each other's way may find fewer than there are. Later calls find the rest.
    let rest = racers.wait(async {
        let mut rest = Vec::new();
        while rest.last() != Some(&0) {
            rest.push(must(store.purge(at(FORGET), 400).await));
        }
        rest
    });
    assert_eq!(forgotten.iter().chain(&rest).sum::<u64>(), 500);
}
