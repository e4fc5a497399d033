mod cancellation;
mod directory;
mod faults;
mod limiter;

mod schema;
mod store;

use std::path::PathBuf;
use std::time::Duration;

use device_grant::store::SqliteStore;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use test_servers::Folder;

use crate::executor::block_on;

/// A store in a database of its own, in a file.
struct Sqlite {
    store: SqliteStore,
    pool: SqlitePool,
    folder: Folder,
}

impl Sqlite {
    fn new() -> Self {
        let sqlite = Self::empty();
        block_on(sqlite.store.migrate()).unwrap();
        sqlite
    }

    /// Without tables.
    fn empty() -> Self {
        let folder = Folder::new();
        let pool = open(options(&folder).create_if_missing(true));
        Self {
            store: SqliteStore::new(pool.clone()),
            pool,
            folder,
        }
    }

    /// The store as another process has it, with these settings.
    fn again(
        &self,
        change: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions,
    ) -> SqliteStore {
        SqliteStore::new(open(change(options(&self.folder))))
    }

    fn execute(&self, sql: &'static str) {
        block_on(sqlx::raw_sql(sql).execute(&self.pool)).unwrap();
    }
}

fn options(folder: &Folder) -> SqliteConnectOptions {
    let file: PathBuf = folder.path().join("grants.sqlite");
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_millis(50))
}

fn open(options: SqliteConnectOptions) -> SqlitePool {
    block_on(async { SqlitePoolOptions::new().connect_lazy_with(options) })
}
