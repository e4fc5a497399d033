use super::*;
use crate::store::MemoryStore;
use crate::testing::conformance::store::fixtures::{Shape, id, new_row, row};
use crate::testing::{Ran, block_on};

fn store() -> FaultyStore<MemoryStore> {
    let store = FaultyStore::new(MemoryStore::new());
    let inserted = block_on(store.insert(&new_row(1)));
    assert!(matches!(inserted, Ran::Done(Ok(Some(_)))));
    store
}

/// Returns whether the second revision is written, by a read without disruptions.
fn is_written(store: &FaultyStore<MemoryStore>) -> bool {
    let found = block_on(store.inner().find(&id(1)));
    matches!(found, Ran::Done(Ok(Some(row))) if row.revision == 2)
}

fn replace(store: &FaultyStore<MemoryStore>) -> Ran<Result<bool, PortError>> {
    block_on(store.replace(&Shape::approved().over(&row(1), 2)))
}

#[test]
fn without_a_disruption_it_does_what_the_store_inside_does() {
    let store = store();
    assert!(matches!(replace(&store), Ran::Done(Ok(true))));
    assert!(matches!(replace(&store), Ran::Done(Ok(false))));
}

#[test]
fn what_fails_before_is_not_done_and_what_fails_after_is() {
    for (how, done) in [
        (Disruption::FailBefore, false),
        (Disruption::FailAfter, true),
    ] {
        let store = store();
        store.disrupt(StoreCall::Replace.nth(1), how);
        assert!(matches!(replace(&store), Ran::Done(Err(_))));
        assert_eq!(is_written(&store), done);
    }
}

#[test]
fn what_hangs_before_is_not_done_and_what_hangs_after_is() {
    for (how, done) in [
        (Disruption::HangBefore, false),
        (Disruption::HangAfter, true),
    ] {
        let store = store();
        store.disrupt(StoreCall::Replace.nth(1), how);
        assert!(matches!(replace(&store), Ran::Hung));
        assert_eq!(is_written(&store), done);
    }
}

#[test]
fn what_fails_and_is_done_all_the_same_arrives_after_the_next_call() {
    let store = store();
    store.disrupt(StoreCall::Replace.nth(1), Disruption::FailThenDo);
    assert!(matches!(replace(&store), Ran::Done(Err(_))));
    assert!(!is_written(&store));
    let seen = block_on(store.find(&id(1)));
    assert!(matches!(seen, Ran::Done(Ok(Some(stored))) if stored.revision == 1));
    assert!(is_written(&store));
}

#[test]
fn a_disruption_waits_for_its_occasion_and_comes_once() {
    let store = store();
    store.disrupt(StoreCall::Purge.nth(2), Disruption::FailBefore);
    let purge = || block_on(store.purge(1));
    assert!(matches!(block_on(store.now()), Ran::Done(Ok(_))));
    assert!(matches!(purge(), Ran::Done(Ok(0))));
    assert!(matches!(purge(), Ran::Done(Err(_))));
    assert!(matches!(purge(), Ran::Done(Ok(0))));
}

#[test]
fn an_outage_lasts_until_it_is_healed() {
    let store = store();
    store.disrupt(Occasion::always(), Disruption::FailBefore);
    for _ in 0..3 {
        assert!(matches!(replace(&store), Ran::Done(Err(_))));
    }
    store.heal();
    assert!(matches!(replace(&store), Ran::Done(Ok(true))));
}

#[test]
fn the_first_of_two_disruptions_on_one_occasion_counts_for_both() {
    let store = store();
    store.disrupt(Occasion::nth(1), Disruption::FailAfter);
    store.disrupt(StoreCall::Replace.nth(1), Disruption::HangBefore);
    assert!(matches!(replace(&store), Ran::Done(Err(_))));
    assert!(matches!(replace(&store), Ran::Done(Ok(false))));
}
