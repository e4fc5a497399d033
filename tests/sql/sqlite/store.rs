use std::future::ready;

use device_grant::store::SqliteStore;
use device_grant::testing::ManualClock;
use test_servers::Folder;

use super::Sqlite;
use crate::clauses;
use crate::executor::block_on;

/// Each clause with a database of its own, in a file.
mod in_a_file {
    use super::*;

    device_grant::store_conformance_tests!(|clock| ready(in_a_file(clock)), block_on = block_on);
    device_grant::redemption_conformance_tests!(
        |clock| ready(in_a_file(clock)),
        block_on = block_on
    );
    device_grant::directory_conformance_tests!(
        |clock| ready(in_a_file(clock)),
        block_on = block_on
    );
}

/// And in memory, where the connections share a cache.
mod in_memory {
    use super::*;

    device_grant::store_conformance_tests!(
        |clock| ready(((), in_memory(clock))),
        block_on = block_on
    );
}

fn in_a_file(clock: ManualClock) -> (Folder, SqliteStore) {
    let sqlite = Sqlite::new();
    (sqlite.folder, sqlite.store.with_clock(clock))
}

fn in_memory(clock: ManualClock) -> SqliteStore {
    let pool = block_on(sqlx::SqlitePool::connect("sqlite::memory:")).unwrap();
    let store = SqliteStore::new(pool).with_clock(clock);
    block_on(store.migrate()).unwrap();
    store
}

#[test]
fn a_grant_at_the_end_of_time_lasts_until_then() {
    let store = in_memory(clauses::last_second());
    block_on(clauses::a_grant_at_the_end_of_time_lasts_until_then(&store));
}
