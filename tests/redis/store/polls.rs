//! Polls that come at the same time: those of one server share a call of the script.

use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;

use crate::fresh::{cluster_store, pooled_store, sentinel_store, single_store};
use crate::polls;
use crate::runtime::RUNTIME;

/// A store on each kind of connection, and its clock.
async fn each_kind() -> Vec<(RedisStore, ManualClock)> {
    let clocks = [(); 4].map(|()| ManualClock::new());
    let [single, pooled, sentinel, cluster] = clocks.clone();
    let stores = [
        single_store(single).await.1,
        pooled_store(pooled).await.1,
        sentinel_store(sentinel).await.1,
        cluster_store(cluster).await.1,
    ];
    stores.into_iter().zip(clocks).collect()
}

#[test]
fn polls_at_once_are_answered_as_one_by_one() {
    RUNTIME.block_on(async {
        for (store, clock) in each_kind().await {
            polls::polls_at_once_are_answered_as_one_by_one(&store, &clock).await;
        }
    });
}

#[test]
fn early_polls_at_the_longest_interval_are_answered_at_once() {
    RUNTIME.block_on(async {
        for (store, clock) in each_kind().await {
            polls::early_polls_at_the_longest_interval_are_answered_at_once(&store, &clock).await;
        }
    });
}

#[test]
fn a_hot_grant_is_paced_as_any_other() {
    RUNTIME.block_on(async {
        for (store, clock) in each_kind().await {
            polls::a_hot_grant_is_paced_as_any_other(&store, &clock).await;
        }
    });
}

#[test]
fn polls_that_are_dropped_hold_nobody_up() {
    RUNTIME.block_on(async {
        for (store, _clock) in each_kind().await {
            polls::polls_that_are_dropped_hold_nobody_up(&store).await;
        }
    });
}

#[test]
fn no_decision_is_missed_by_a_batch() {
    RUNTIME.block_on(async {
        for (store, _clock) in each_kind().await {
            polls::no_decision_is_missed_by_a_batch(&store).await;
        }
    });
}
