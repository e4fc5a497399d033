use device_grant::grant::{Holder, Pacing, Timestamp};
use device_grant::host::{GrantStore, Insertion};
use device_grant::store::MemoryStore;
use device_grant::testing::conformance::store::fixtures::{
    FORGET, at, by_code, by_id, code, id, insert, issuance, issued,
};
use device_grant::testing::conformance::store::pacing;
use device_grant::testing::conformance::{Racers, block_on};
use proptest::prelude::*;

mod conformance {
    use super::MemoryStore;

    device_grant::store_conformance_tests!(|| async { ((), MemoryStore::new()) });
    device_grant::redemption_conformance_tests!(|| async { ((), MemoryStore::new()) });
    device_grant::directory_conformance_tests!(|| async { ((), MemoryStore::new()) });
}

proptest! {
    #[test]
    fn any_history_of_polls_is_judged_like_the_pure_function(seed: u64) {
        block_on(pacing::random_history(&MemoryStore::new(), seed));
    }
}

#[test]
fn a_store_that_is_never_purged_keeps_what_it_has_to_and_hardly_more() {
    let store = MemoryStore::new();
    let mut most = 0;
    for number in 0..20_000_u64 {
        insert_at(&store, number, i64::try_from(number).unwrap());
        most = most.max(store.len());
    }
    // One grant a second, each remembered for 4,200 s; a shard waits for its own next insertion.
    assert!(most < 4_200 + 700, "{most} grants at once");
}

#[test]
fn a_store_that_is_never_purged_shrinks_again_after_a_rush() {
    let store = MemoryStore::new();
    for number in 0..10_000 {
        insert_at(&store, number, 0);
    }
    for number in 10_000..22_000 {
        insert_at(&store, number, FORGET);
    }
    let old = (0..10_000).filter(|number| block_on(by_id(&store, *number)).is_some());
    assert_eq!(old.count(), 0);
    assert_eq!(store.len(), 12_000);
}

#[test]
fn user_codes_are_freed_by_insertions_too() {
    let store = MemoryStore::new();
    for number in 0..1_000 {
        insert_at(&store, number, 0);
    }
    for number in 1_000..5_000 {
        insert_at(&store, number, FORGET);
    }
    for number in 0..1_000 {
        assert_eq!(block_on(by_code(&store, number)), None);
    }
}

/// Shards and indexes are locked one inside the other: every operation at once, on few codes, has to come to an end.
#[test]
fn operations_that_cross_shards_and_indexes_do_not_wait_for_each_other_for_ever() {
    let store = MemoryStore::new();
    Racers::default().race(async |racer| {
        for step in 0..2_000_u64 {
            let number = step * Racers::COUNT + racer;
            let mut issuance = issuance(number);
            issuance.user_code = Some(code(step % 16));
            issuance.issued_at = at(i64::try_from(step).unwrap() * FORGET);
            let now = issuance.issued_at;
            let inserted = store.insert(&issued(issuance, number)).await.unwrap();
            let codes = [code(step % 16), code(step % 7)];
            for found in store.find_by_user_code(&codes).await.unwrap() {
                assert!(
                    found
                        .grant
                        .facts()
                        .user_code
                        .is_some_and(|code| codes.contains(&code))
                );
            }
            let holder = Holder::new("tv");
            let pacing = Pacing::default();
            let _ = store.record_poll(&id(number), &holder, now, &pacing).await;
            if inserted == Insertion::Inserted && step % 3 == 0 {
                store.purge(now, 8).await.unwrap();
            }
        }
    });
    block_on(store.purge(Timestamp::MAX, u32::MAX)).unwrap();
    assert!(store.is_empty());
    for number in 0..16 {
        assert_eq!(
            block_on(by_code(&store, number)),
            None,
            "no code without a grant"
        );
    }
}

#[test]
fn its_debug_says_how_many_grants_it_has_and_nothing_of_them() {
    let store = MemoryStore::new();
    insert_at(&store, 1, 0);
    assert_eq!(format!("{store:?}"), "MemoryStore { grants: 1 }");
}

/// Inserts the grant of this number, issued this many seconds later than others.
fn insert_at(store: &MemoryStore, number: u64, seconds: i64) {
    let mut issuance = issuance(number);
    issuance.issued_at = at(seconds);
    block_on(insert(store, &issued(issuance, number)));
}
