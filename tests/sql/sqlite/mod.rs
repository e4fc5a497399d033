//! SQLite, with each of its drivers.

// First, because the others use its macro.
#[macro_use]
mod drivers;

mod cancellation;
mod directory;
mod faults;
mod histories;
mod limiter;
mod polls;
mod schema;
mod store;

use std::path::PathBuf;
use std::time::Duration;

use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use test_servers::Folder;

use self::drivers::Driver;
use crate::executor::block_on;

/// A store in a database of its own, in a file.
struct Sqlite {
    store: SqlStore,
    database: Database,
    /// For what a test does itself.
    pool: SqlitePool,
    folder: Folder,
}

/// The settings of a pool, whichever library it is of.
#[derive(Clone)]
struct File {
    path: PathBuf,
    is_new: bool,
    is_read_only: bool,
    busy_timeout: Duration,
    pragmas: Vec<(&'static str, &'static str)>,
}

impl Sqlite {
    fn new<D: Driver>() -> Self {
        let sqlite = Self::empty::<D>();
        block_on(sqlite.database.migrate()).unwrap();
        sqlite
    }

    /// Without tables.
    fn empty<D: Driver>() -> Self {
        let folder = Folder::new();
        let mut file = File::in_folder(&folder);
        file.is_new = true;
        let database = D::database(&file);
        Self {
            store: SqlStore::new(database.clone()),
            database,
            pool: file.pool(),
            folder,
        }
    }

    /// The store as another process has it, with these settings.
    fn again<D: Driver>(&self, change: impl FnOnce(&mut File)) -> SqlStore {
        let mut file = File::in_folder(&self.folder);
        change(&mut file);
        SqlStore::new(D::database(&file))
    }

    fn execute(&self, sql: &'static str) {
        block_on(sqlx::raw_sql(sql).execute(&self.pool)).unwrap();
    }
}

impl File {
    fn in_folder(folder: &Folder) -> Self {
        Self::at(folder.path().join("grants.sqlite"))
    }

    fn at(path: PathBuf) -> Self {
        Self {
            path,
            is_new: false,
            is_read_only: false,
            busy_timeout: Duration::from_millis(50),
            pragmas: Vec::new(),
        }
    }

    fn pool(&self) -> SqlitePool {
        let mut options = SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(self.is_new)
            .read_only(self.is_read_only)
            .busy_timeout(self.busy_timeout);
        for (name, value) in &self.pragmas {
            options = options.pragma(*name, *value);
        }
        block_on(async { SqlitePoolOptions::new().connect_lazy_with(options) })
    }
}
