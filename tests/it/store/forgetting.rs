//! Clauses 8 and 9: how long a grant is remembered, and that it is forgotten then.

use device_grant::grant::{Grant, Stored};
use device_grant::host::GrantStore;

use super::harness::*;

/// The grant of this number, issued this many seconds later than the others.
fn issued_at(number: u64, seconds: i64) -> Stored {
    let mut issuance = issuance(number);
    issuance.issued_at = at(seconds);
    Stored::new(Grant::issue(issuance), revision(number))
}

pub(crate) async fn clause_08_a_grant_is_found_until_the_last_microsecond(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    let last = at_micros(FORGET * SECOND - 1);
    assert_eq!(store.purge(last, 10).await.unwrap(), 0);
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(stored(1)));
    assert_eq!(by_code(store, 1).await, Some(stored(1)));
}

pub(crate) async fn clause_08_no_state_is_forgotten_early(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for (number, next) in (2..).zip(in_every_state(&grant(1))) {
        current = replace(store, &current, next, number).await;
        assert_eq!(store.purge(at(FORGET - 1), 10).await.unwrap(), 0);
        assert_eq!(store.find(&id(1)).await.unwrap(), Some(current.clone()));
    }
}

pub(crate) async fn clause_08_no_insertion_makes_a_store_forget_early(store: &dyn GrantStore) {
    insert(store, &stored(0)).await;
    for number in 1..500 {
        insert(store, &issued_at(number, FORGET - 1)).await;
    }
    assert_eq!(store.find(&id(0)).await.unwrap(), Some(stored(0)));
    assert_eq!(by_code(store, 0).await, Some(stored(0)));
}

pub(crate) async fn clause_09_purge_forgets_a_grant_and_its_user_code(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(store.purge(at(FORGET), 10).await.unwrap(), 1);
    assert_eq!(store.find(&id(1)).await.unwrap(), None);
    assert_eq!(by_code(store, 1).await, None);
    assert_eq!(store.purge(at(FORGET), 10).await.unwrap(), 0);
}

pub(crate) async fn clause_09_purge_forgets_every_state(store: &dyn GrantStore) {
    let all = in_every_state(&grant(1));
    for (number, next) in (2..).zip(&all) {
        insert(store, &stored(1)).await;
        replace(store, &stored(1), next.clone(), number).await;
        let forgotten = store.purge(at(FORGET), 10).await.unwrap();
        assert_eq!(forgotten, 1, "{:?}", next.state().name());
        assert_eq!(store.find(&id(1)).await.unwrap(), None);
        assert_eq!(by_code(store, 1).await, None);
    }
}

pub(crate) async fn clause_09_purge_forgets_nothing_else(store: &dyn GrantStore) {
    for number in 0..100 {
        let seconds = i64::try_from(number % 2).unwrap();
        insert(store, &issued_at(number, seconds)).await;
    }
    assert_eq!(store.purge(at(FORGET), 1_000).await.unwrap(), 50);
    for number in 0..100 {
        let is_young = number % 2 == 1;
        let found = store.find(&id(number)).await.unwrap();
        assert_eq!(found.is_some(), is_young, "grant {number}");
        assert_eq!(by_code(store, number).await.is_some(), is_young);
    }
}

pub(crate) async fn clause_09_purge_forgets_no_more_than_its_limit_and_all_in_the_end(
    store: &dyn GrantStore,
) {
    for number in 0..250 {
        insert(store, &stored(number)).await;
    }
    let mut rounds = Vec::new();
    while rounds.last() != Some(&0) {
        rounds.push(store.purge(at(FORGET), 100).await.unwrap());
    }
    assert_eq!(rounds, [100, 100, 50, 0]);
    for number in 0..250 {
        assert_eq!(store.find(&id(number)).await.unwrap(), None);
        assert_eq!(by_code(store, number).await, None);
    }
}

pub(crate) async fn clause_09_a_limit_of_zero_forgets_nothing(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(store.purge(at(FORGET), 0).await.unwrap(), 0);
    assert_eq!(store.find(&id(1)).await.unwrap(), Some(stored(1)));
    assert_eq!(store.purge(at(FORGET), u32::MAX).await.unwrap(), 1);
}

pub(crate) async fn clause_09_what_is_forgotten_can_be_taken_again(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(store.purge(at(FORGET), 10).await.unwrap(), 1);
    insert(store, &issued_at(1, FORGET)).await;
    let polled = store
        .record_poll(
            &id(1),
            &device_grant::grant::Holder::new("tv"),
            at(FORGET),
            &device_grant::grant::Pacing::default(),
        )
        .await;
    let paced = polled.unwrap().unwrap().paced;
    assert_eq!(paced, Some(device_grant::grant::Paced::Accepted));
}

pub(crate) async fn clause_09_a_user_code_stays_with_the_grant_that_took_it_over(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    assert_eq!(store.purge(at(FORGET), 10).await.unwrap(), 1);
    let mut successor = issuance(2);
    successor.user_code = Some(code(1));
    successor.issued_at = at(FORGET);
    let successor = Stored::new(Grant::issue(successor), revision(2));
    insert(store, &successor).await;
    assert_eq!(store.purge(at(FORGET), 10).await.unwrap(), 0);
    assert_eq!(by_code(store, 1).await, Some(successor));
}

pub(crate) async fn clause_09_racing_purges_count_each_grant_once(store: &dyn GrantStore) {
    for number in 0..500 {
        insert(store, &stored(number)).await;
    }
    let forgotten = race(|_| block_on(store.purge(at(FORGET), 400)).unwrap());
    assert!(forgotten.iter().all(|one| *one <= 400), "{forgotten:?}");
    assert_eq!(forgotten.iter().sum::<u64>(), 500);
}
