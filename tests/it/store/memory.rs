use device_grant::host::{GrantStore, PollRecord};
use device_grant::store::MemoryStore;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::store::fixtures::{
    FORGET, at, by_code, by_id, code, id, insert_at, new_row,
};
use device_grant::testing::conformance::store::pacing;
use device_grant::testing::conformance::{Racers, block_on};
use proptest::prelude::*;

mod conformance {
    use super::MemoryStore;

    device_grant::store_conformance_tests!(|clock| async {
        ((), MemoryStore::new().with_clock(clock))
    });
    device_grant::redemption_conformance_tests!(|clock| async {
        ((), MemoryStore::new().with_clock(clock))
    });
    device_grant::directory_conformance_tests!(|clock| async {
        ((), MemoryStore::new().with_clock(clock))
    });
}

proptest! {
    #[test]
    fn any_history_of_polls_is_judged_like_the_pure_function(seed: u64) {
        let (store, clock) = fresh();
        block_on(pacing::random_history(&store, &clock, seed));
    }
}

#[test]
fn a_store_that_is_never_purged_keeps_what_it_has_to_and_hardly_more() {
    let (store, clock) = fresh();
    let mut most = 0;
    for number in 0..20_000_u64 {
        put(&store, &clock, number, i64::try_from(number).unwrap());
        most = most.max(store.len());
    }
    // One grant a second, each remembered for 4,200 s; a shard waits for its own next insertion.
    assert!(most < 4_200 + 700, "{most} grants at once");
}

#[test]
fn a_store_that_is_never_purged_shrinks_again_after_a_rush() {
    let (store, clock) = fresh();
    for number in 0..10_000 {
        put(&store, &clock, number, 0);
    }
    for number in 10_000..22_000 {
        put(&store, &clock, number, FORGET);
    }
    let old = (0..10_000).filter(|number| block_on(by_id(&store, *number)).is_some());
    assert_eq!(old.count(), 0);
    assert_eq!(store.len(), 12_000);
}

#[test]
fn user_codes_are_freed_by_insertions_too() {
    let (store, clock) = fresh();
    for number in 0..1_000 {
        put(&store, &clock, number, 0);
    }
    for number in 1_000..5_000 {
        put(&store, &clock, number, FORGET);
    }
    for number in 0..1_000 {
        assert_eq!(block_on(by_code(&store, number)), None);
    }
}

/// Shards and indexes are locked one inside the other: every operation at once, on few codes, has to come to an end.
#[test]
fn operations_that_cross_shards_and_indexes_do_not_wait_for_each_other_for_ever() {
    let (store, clock) = fresh();
    Racers::default().race(async |racer| {
        for step in 0..2_000_u64 {
            let number = step * Racers::COUNT + racer;
            let mut new = new_row(number);
            new.user_code = Some(code(step % 16));
            clock.set(at(i64::try_from(step).unwrap() * FORGET));
            let inserted = store.insert(&new).await.unwrap();
            let codes = [code(step % 16), code(step % 7)];
            for found in store.find_by_user_code(&codes).await.unwrap() {
                assert!(found.user_code.is_some_and(|code| codes.contains(&code)));
            }
            let poll = PollRecord::new(id(number));
            let _ = store.record_poll(&poll).await;
            if inserted.is_some() && step % 3 == 0 {
                store.purge(8).await.unwrap();
            }
        }
    });
    clock.set(at(i64::from(u32::MAX)));
    block_on(store.purge(u32::MAX)).unwrap();
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
    let (store, clock) = fresh();
    put(&store, &clock, 1, 0);
    assert_eq!(format!("{store:?}"), "MemoryStore { grants: 1 }");
}

fn fresh() -> (MemoryStore, ManualClock) {
    let clock = ManualClock::new();
    (MemoryStore::new().with_clock(clock.clone()), clock)
}

/// Inserts the row of this number this many seconds later than others.
fn put(store: &MemoryStore, clock: &ManualClock, number: u64, seconds: i64) {
    block_on(insert_at(store, clock, number, seconds));
}
