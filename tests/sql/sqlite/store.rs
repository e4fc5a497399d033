use std::future::ready;

use device_grant::host::Paced;
use device_grant::store::SqlStore;
use device_grant::testing::ManualClock;
use test_servers::Folder;

use super::Sqlite;
use super::drivers::Driver;
use crate::clauses::{self, harness};
use crate::executor::block_on;

on_each_driver!(
    a_grant_at_the_end_of_time_lasts_until_then,
    an_early_poll_at_the_longest_interval_writes_nothing,
);

/// Each clause with a database of its own: in a file, and in memory.
macro_rules! clauses_of {
    ($name:ident, $driver:ident) => {
        mod $name {
            use super::super::drivers::$driver;
            use super::*;

            mod in_a_file {
                use super::*;

                device_grant::store_conformance_tests!(
                    |clock| ready(in_a_file::<$driver>(clock)),
                    block_on = block_on,
                );
                device_grant::redemption_conformance_tests!(
                    |clock| ready(in_a_file::<$driver>(clock)),
                    block_on = block_on,
                );
                device_grant::directory_conformance_tests!(
                    |clock| ready(in_a_file::<$driver>(clock)),
                    block_on = block_on,
                );
            }

            mod in_memory {
                use super::*;

                device_grant::store_conformance_tests!(
                    |clock| ready(((), in_memory::<$driver>(clock))),
                    block_on = block_on,
                );
            }
        }
    };
}

clauses_of!(sqlx_09_clauses, Sqlx09);
clauses_of!(sqlx_08_clauses, Sqlx08);
clauses_of!(deadpool_clauses, Deadpool);

fn in_a_file<D: Driver>(clock: ManualClock) -> (Folder, SqlStore) {
    let sqlite = Sqlite::new::<D>();
    (sqlite.folder, sqlite.store.with_clock(clock))
}

fn in_memory<D: Driver>(clock: ManualClock) -> SqlStore {
    let database = D::in_memory();
    block_on(database.migrate()).unwrap();
    SqlStore::new(database).with_clock(clock)
}

fn a_grant_at_the_end_of_time_lasts_until_then<D: Driver>() {
    let store = in_memory::<D>(clauses::last_second());
    block_on(clauses::a_grant_at_the_end_of_time_lasts_until_then(&store));
}

/// A connection is told whenever another one has written.
fn an_early_poll_at_the_longest_interval_writes_nothing<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let (clock, pool) = (ManualClock::new(), sqlite.pool);
    let store = sqlite.store.with_clock(clock.clone());
    block_on(async {
        let mut watching = pool.acquire().await.unwrap();
        let mut version = async || {
            let version = sqlx::query_scalar("PRAGMA data_version");
            let version: i64 = version.fetch_one(&mut *watching).await.unwrap();
            version
        };
        clock.set(harness::at(0));
        let mut slow = harness::new_row(1);
        slow.pace = harness::pace(60);
        harness::insert(&store, &slow).await;
        for second in [0, 5] {
            harness::poll(&store, &clock, 1, harness::at(second)).await;
        }
        let told = version().await;
        for second in 6..12 {
            let early = harness::poll(&store, &clock, 1, harness::at(second)).await;
            assert_eq!(early.paced, Some(Paced::slow_down(60)));
            assert_eq!(version().await, told, "at {second} s");
        }
        let in_time = harness::poll(&store, &clock, 1, harness::at(60)).await;
        assert_eq!(in_time.paced, Some(Paced::Accepted));
        assert_ne!(version().await, told, "an accepted poll is written");
    });
}
