use std::future::ready;

use device_grant::store::SqlStore;
use device_grant::testing::ManualClock;
use test_servers::Folder;

use super::Sqlite;
use super::drivers::Driver;
use crate::clauses;
use crate::executor::block_on;

on_each_driver!(a_grant_at_the_end_of_time_lasts_until_then);

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
