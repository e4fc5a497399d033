use std::time::Duration;

use device_grant::host::GrantStore;
use device_grant::store::SqlStore;
use tokio::task::JoinSet;

use super::drivers::Driver;
use super::{SERVER, database, proxy, through};
use crate::advice::assert_passing;
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;

const CALLS: usize = 200;

/// A call waits for the calls before it, on a machine that may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

on_each_driver!(
    many_calls_at_once_share_few_connections,
    calls_that_are_dropped_hold_nobody_up,
    a_connection_that_fails_is_not_handed_on,
);

fn many_calls_at_once_share_few_connections<D: Driver>() {
    let store = small::<D>(2);
    block_on(async {
        for result in all(&store, CALLS).await {
            result.unwrap();
        }
    });
}

/// Each leaves at another point: in the queue, before the pool, with a statement under way.
fn calls_that_are_dropped_hold_nobody_up<D: Driver>() {
    let store = small::<D>(2);
    block_on(async {
        for round in 0..CALLS {
            let running = tokio::spawn({
                let store = store.clone();
                async move { all(&store, 20).await }
            });
            for call in 0..20 {
                let store = store.clone();
                let dropped = tokio::spawn(async move { store.find(&id(1)).await.map(drop) });
                for _ in 0..(round + call) % 4 {
                    tokio::task::yield_now().await;
                }
                dropped.abort();
            }
            for result in running.await.unwrap() {
                result.unwrap();
            }
        }
        // Nothing is lost: whoever asks now has a turn.
        for result in all(&store, 20).await {
            result.unwrap();
        }
    });
}

#[test]
fn nobody_waits_longer_for_a_connection_because_others_do() {
    let login = SERVER.login().size(1).patience(Duration::from_millis(100));
    let pool = login.pool();
    let store = SqlStore::new(pool.clone());
    block_on(async {
        let only = pool.acquire().await.unwrap();
        // One after the other they would take 20 s.
        let patience = Duration::from_secs(15);
        let results = tokio::time::timeout(patience, all(&store, CALLS)).await;
        for result in results.unwrap() {
            assert_passing(
                &result.unwrap_err(),
                "no connection of the pool was free in time",
            );
        }
        drop(only);
    });
}

fn a_connection_that_fails_is_not_handed_on<D: Driver>() {
    let proxy = proxy();
    let login = through(&proxy).size(1).patience(PATIENCE);
    let store = SqlStore::new(database::<D>(&login));
    block_on(async {
        all(&store, 1).await.pop().unwrap().unwrap();
        proxy.cut(crate::proxy::Cut {
            after: 0,
            executes: false,
        });
        let results = all(&store, 50).await;
        let failed = results.iter().filter(|result| result.is_err()).count();
        assert!(proxy.was_cut());
        assert_eq!(failed, 1);
    });
}

/// A store with a grant, on a pool of this size.
fn small<D: Driver>(size: u32) -> SqlStore {
    let store = SqlStore::new(database::<D>(&SERVER.login().size(size).patience(PATIENCE)));
    block_on(insert(&store, &new_row(1)));
    store
}

/// As many calls at once.
async fn all(store: &SqlStore, calls: usize) -> Vec<Result<(), device_grant::host::PortError>> {
    let mut running = JoinSet::new();
    for _ in 0..calls {
        let store = store.clone();
        running.spawn(async move { store.find(&id(1)).await.map(drop) });
    }
    running.join_all().await
}
