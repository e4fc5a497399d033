//! Clause 2: what is read is what was written last.

use super::fixtures::{by_code, by_id, code, grant, in_every_state, insert, replace, stored};
use crate::host::GrantStore;
use crate::testing::must;

/// What was never written is no error.
pub async fn clause_02_what_was_never_written_is_not_found(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(by_id(store, 2).await, None);
    assert_eq!(must(store.find_by_user_code(&[code(2)]).await), []);
    assert_eq!(must(store.find_by_user_code(&[]).await), []);
}

/// No copy that lags behind answers either of them.
pub async fn clause_02_both_ways_of_reading_see_the_latest_write(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for (number, next) in (100..).zip(in_every_state(&grant(1))) {
        current = replace(store, &current, next, number).await;
        assert_eq!(by_id(store, 1).await.as_ref(), Some(&current));
        assert_eq!(by_code(store, 1).await.as_ref(), Some(&current));
    }
}

/// While keys rotate, one code has a digest under each.
pub async fn clause_02_every_user_code_asked_for_is_looked_up(store: &dyn GrantStore) {
    for number in 1..4 {
        insert(store, &stored(number)).await;
    }
    let asked = [code(1), code(9), code(3)];
    let mut found = must(store.find_by_user_code(&asked).await);
    found.sort_by_key(|stored| stored.revision.as_u64());
    assert_eq!(found, [stored(1), stored(3)]);
}

/// Several live grants count as none, so one must not look like several.
pub async fn clause_02_a_grant_is_found_once_however_often_its_code_is_asked_for(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let asked = [code(1), code(1), code(1)];
    let found = must(store.find_by_user_code(&asked).await);
    assert_eq!(found, [stored(1)]);
}
