//! Histories of two issuers in memory, beside a model.

#[path = "../model/mod.rs"]
mod model;

use std::pin::Pin;

use device_grant::host::GrantStore;
use device_grant::store::MemoryStore;
use device_grant::testing::{FaultyStore, ManualClock, Ran, block_on};

#[test]
fn a_server_in_memory_answers_as_the_model() {
    run(async |clock| MemoryStore::new().with_clock(clock));
}

#[test]
fn a_server_that_reads_bytes_answers_as_the_model() {
    run(async |clock| FaultyStore::new(MemoryStore::new().with_clock(clock)));
}

#[track_caller]
fn run<S: GrantStore + 'static>(store: impl AsyncFn(ManualClock) -> S) {
    model::run(
        500,
        file!(),
        |history| match block_on(Pin::from(history)) {
            Ran::Done(ended) => ended,
            never @ (Ran::Hung | Ran::Panicked(_)) => panic!("a step in memory: {never:?}"),
        },
        store,
    );
}
