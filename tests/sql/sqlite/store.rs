use std::future::ready;

use device_grant::store::SqliteStore;
use test_servers::Folder;

use super::Sqlite;
use crate::executor::block_on;

/// Each clause with a database of its own, in a file.
mod in_a_file {
    use super::*;

    device_grant::store_conformance_tests!(|| ready(in_a_file()), block_on = block_on);
    device_grant::redemption_conformance_tests!(|| ready(in_a_file()), block_on = block_on);
    device_grant::directory_conformance_tests!(|| ready(in_a_file()), block_on = block_on);
}

/// And in memory, where the connections share a cache.
mod in_memory {
    use super::*;

    device_grant::store_conformance_tests!(|| ready(((), in_memory())), block_on = block_on);
}

fn in_a_file() -> (Folder, SqliteStore) {
    let sqlite = Sqlite::new();
    (sqlite.folder, sqlite.store)
}

fn in_memory() -> SqliteStore {
    let pool = block_on(sqlx::SqlitePool::connect("sqlite::memory:")).unwrap();
    let store = SqliteStore::new(pool);
    block_on(store.migrate()).unwrap();
    store
}
