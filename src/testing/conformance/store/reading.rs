//! Clause 2: reads return the last acknowledged write.

use super::fixtures::{Shape, at, by_code, by_id, code, insert, new_row, replace, row, untimed};
use crate::host::GrantStore;
use crate::testing::{ManualClock, must};

/// Checks that reading an unknown id or user code returns nothing, without an error.
pub async fn clause_02_what_was_never_written_is_not_found(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    assert_eq!(by_id(store, 2).await, None);
    assert_eq!(must(store.find_by_user_code(&[code(2)]).await), []);
    assert_eq!(must(store.find_by_user_code(&[]).await), []);
}

/// Checks that reading by id and by user code returns the last acknowledged write.
pub async fn clause_02_both_ways_of_reading_see_the_latest_write(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let mut current = insert(store, &new_row(1)).await;
    for (number, shape) in (100..).zip(Shape::all()) {
        current = replace(store, &current, &shape, number).await;
        assert_eq!(by_id(store, 1).await.as_ref(), Some(&current));
        assert_eq!(by_code(store, 1).await.as_ref(), Some(&current));
    }
}

/// Checks that all given digests are looked up, as during a rotation of code keys.
pub async fn clause_02_every_user_code_asked_for_is_looked_up(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for number in 1..4 {
        insert(store, &new_row(number)).await;
    }
    let asked = [code(1), code(9), code(3)];
    let mut found = must(store.find_by_user_code(&asked).await);
    found.sort_by_key(|row| row.revision);
    let found: Vec<_> = found.into_iter().map(untimed).collect();
    assert_eq!(found, [row(1), row(3)]);
}

/// Checks that a grant is returned once, also if its digest is given several times.
pub async fn clause_02_a_grant_is_found_once_however_often_its_code_is_asked_for(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    let asked = [code(1), code(1), code(1)];
    let found = must(store.find_by_user_code(&asked).await);
    assert_eq!(found, [row(1)]);
}
