use std::time::Duration;

use deadpool_sqlite::{Config, Hook, HookError, Manager, Pool, Runtime};
use device_grant::sql::Database;
use test_servers::Folder;

use crate::executor::block_on;
use crate::stage::Stage;

/// Three processes write, and SQLite is not fair to those who wait.
const BUSY: Duration = Duration::from_secs(20);

pub(crate) fn set_up() -> Stage {
    let folder = Folder::new();
    let file = folder.path().join("grants.sqlite");
    let way = file.to_str().expect("UTF-8").to_owned();
    block_on(async { sqlx_09(&way).migrate().await.expect("tables") });
    Stage::new(way, folder)
}

pub(crate) fn sqlx_09(way: &str) -> Database {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(way)
        .create_if_missing(true)
        .busy_timeout(BUSY);
    sqlx::sqlite::SqlitePoolOptions::new()
        .connect_lazy_with(options)
        .into()
}

pub(crate) fn sqlx_08(way: &str) -> Database {
    let options = sqlx_08::sqlite::SqliteConnectOptions::new()
        .filename(way)
        .busy_timeout(BUSY);
    sqlx_08::sqlite::SqlitePoolOptions::new()
        .connect_lazy_with(options)
        .into()
}

pub(crate) fn deadpool(way: &str) -> Database {
    let manager = Manager::from_config(&Config::new(way), Runtime::Tokio1);
    let wait = Hook::async_fn(|connection, _| {
        Box::pin(async move {
            let set = connection.interact(|connection| connection.busy_timeout(BUSY));
            set.await.expect("no panic").map_err(HookError::Backend)
        })
    });
    let pool = Pool::builder(manager).runtime(Runtime::Tokio1);
    pool.post_create(wait)
        .build()
        .expect("good settings")
        .into()
}
