use device_grant::grant::{Grant, Holder, Pacing, Stored, Timestamp};
use device_grant::host::{GrantStore, Insertion};
use device_grant::store::MemoryStore;
use proptest::prelude::*;

use super::harness::*;
use super::{forgetting, polling, writing};

/// One test for each clause, with a fresh store each.
macro_rules! clauses {
    ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
        $($(
            #[test]
            fn $clause() {
                block_on($module::$clause(&MemoryStore::new()));
            }
        )+)+
    };
}

every_store_clause!(clauses);

proptest! {
    #[test]
    fn any_history_of_polls_is_judged_like_the_pure_function(history in polling::histories()) {
        block_on(polling::follow(&MemoryStore::new(), 1, &history));
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
    let old = (0..10_000).filter(|number| block_on(store.find(&id(*number))).unwrap().is_some());
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
    race(|racer| {
        for step in 0..2_000_u64 {
            let number = step * RACERS + racer;
            let mut issuance = issuance(number);
            issuance.user_code = Some(code(step % 16));
            issuance.issued_at = at(i64::try_from(step).unwrap() * FORGET);
            let now = issuance.issued_at;
            let new = Stored::new(Grant::issue(issuance), revision(number));
            let inserted = block_on(store.insert(&new)).unwrap();
            for found in
                block_on(store.find_by_user_code(&[code(step % 16), code(step % 7)])).unwrap()
            {
                let codes = [code(step % 16), code(step % 7)];
                assert!(
                    found
                        .grant
                        .facts()
                        .user_code
                        .is_some_and(|code| codes.contains(&code))
                );
            }
            let holder = Holder::new("tv");
            let _ = block_on(store.record_poll(&id(number), &holder, now, &Pacing::default()));
            if inserted == Insertion::Inserted && step % 3 == 0 {
                block_on(store.purge(now, 8)).unwrap();
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
    let new = Stored::new(Grant::issue(issuance), revision(number));
    block_on(insert(store, &new));
}
