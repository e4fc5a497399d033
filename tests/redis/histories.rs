//! Random histories of two issuers on Redis, beside a model.

#[path = "../model/mod.rs"]
mod model;

use std::pin::Pin;

use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;

use crate::fresh;
use crate::runtime::RUNTIME;

#[test]
fn a_single_server_answers_as_the_model() {
    compare(async |clock| fresh::single_store(clock).await.1);
}

#[test]
fn an_indexed_cluster_answers_as_the_model() {
    compare(async |clock| fresh::indexed_cluster_store(clock).await.1);
}

/// Runs a few histories, each under a prefix of its own.
#[track_caller]
fn compare(store: impl AsyncFn(ManualClock) -> RedisStore) {
    model::run(
        5,
        file!(),
        |history| RUNTIME.block_on(Pin::from(history)),
        store,
    );
}
