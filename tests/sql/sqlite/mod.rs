mod limiter;
mod store;

use device_grant::store::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::executor::block_on;
use crate::folder::Folder;

/// A store in a database of its own, in a file.
pub(crate) struct Sqlite {
    pub(crate) store: SqliteStore,
    _folder: Folder,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("grants.sqlite"))
            .create_if_missing(true);
        let pool = block_on(SqlitePoolOptions::new().connect_with(options)).unwrap();
        let store = SqliteStore::new(pool);
        block_on(store.migrate()).unwrap();
        Self {
            store,
            _folder: folder,
        }
    }
}
