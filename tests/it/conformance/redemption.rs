//! The cuts find what they are for: a store that redemption cannot rest on fails them.

use std::sync::Arc;

use device_grant::testing::ManualClock;
use device_grant::testing::conformance::block_on;
use device_grant::testing::conformance::redemption::cuts;

use super::broken_store::{BrokenStore, Flaw};
use super::fails;
use crate::repository;

/// Returns, for each of the cuts, whether it fails on a store with this flaw.
fn failing(flaw: Flaw) -> [bool; 4] {
    let clock = &ManualClock::new();
    let store = || Arc::new(BrokenStore::new(flaw, clock.clone()));
    [
        fails(|| {
            block_on(
                cuts::a_store_that_fails_at_any_call_neither_burns_an_approval_nor_doubles_tokens(
                    store(),
                    clock,
                ),
            )
        }),
        fails(|| {
            block_on(cuts::a_caller_that_goes_away_at_any_await_neither_burns_an_approval_nor_doubles_tokens(store(), clock))
        }),
        fails(|| {
            block_on(cuts::a_write_that_arrives_at_any_later_time_neither_burns_an_approval_nor_doubles_tokens(store(), clock))
        }),
        fails(|| {
            block_on(cuts::with_redelivery_no_cut_costs_the_tokens(
                store(),
                clock,
            ))
        }),
    ]
}

#[test]
fn a_store_that_loses_writes_or_reads_old_ones_fails_every_cut() {
    let flaws = [
        Flaw::AcknowledgesWithoutWriting,
        Flaw::LosesTheFiftiethWrite,
        Flaw::ReadsACopyThatLags,
        Flaw::KeepsRevisionsAsFloats,
    ];
    for flaw in flaws {
        assert_eq!(failing(flaw), [true; 4], "{flaw:?}");
    }
}

#[test]
fn a_store_that_overwrites_any_revision_fails_when_a_write_comes_late() {
    let failing = failing(Flaw::OverwritesAnyRevision);
    assert_eq!(failing, [false, false, true, false]);
}

#[test]
fn a_store_without_a_flaw_passes_every_cut() {
    assert_eq!(failing(Flaw::None), [false; 4]);
}

#[test]
fn every_cut_that_there_is_becomes_a_test() {
    let cuts = repository::file("src/testing/conformance/redemption/cuts.rs").text;
    let list = repository::file("src/testing/conformance/macros.rs").text;
    let names: Vec<_> = cuts.split("pub async fn ").skip(1).collect();
    assert_eq!(names.len(), 4);
    for name in names {
        let (name, _) = name.split_once('(').unwrap();
        assert!(list.contains(&format!(" {name}\n")), "{name}");
    }
}
