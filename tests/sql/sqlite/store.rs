use device_grant::store::SqliteStore;

use super::Sqlite;
use crate::clauses::{forgetting, polling, writing};
use crate::executor::block_on;

/// One test for each clause, with a database each, in a file.
mod in_a_file {
    use super::*;

    macro_rules! clauses {
        ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
            $($(
                #[test]
                fn $clause() {
                    let sqlite = Sqlite::new();
                    block_on($module::$clause(&sqlite.store));
                }
            )+)+
        };
    }

    every_store_clause!(clauses);
}

/// And in memory, where the connections share a cache.
mod in_memory {
    use super::*;

    macro_rules! clauses {
        ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
            $($(
                #[test]
                fn $clause() {
                    let store = in_memory();
                    block_on($module::$clause(&store));
                }
            )+)+
        };
    }

    every_store_clause!(clauses);
}

fn in_memory() -> SqliteStore {
    let pool = block_on(sqlx::SqlitePool::connect("sqlite::memory:")).unwrap();
    let store = SqliteStore::new(pool);
    block_on(store.migrate()).unwrap();
    store
}
