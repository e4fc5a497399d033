use std::time::Duration;

use device_grant::sql::Database;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use test_servers::Folder;

use crate::executor::block_on;
use crate::stage::Stage;

pub(crate) fn set_up() -> Stage {
    let folder = Folder::new();
    let file = folder.path().join("grants.sqlite");
    let way = file.to_str().expect("UTF-8").to_owned();
    block_on(async { open(&way).await.migrate().await.expect("tables") });
    Stage::new(way, folder)
}

pub(crate) async fn open(way: &str) -> Database {
    // Three processes write, and SQLite is not fair to those who wait.
    let options = SqliteConnectOptions::new()
        .filename(way)
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(20));
    SqlitePoolOptions::new().connect_lazy_with(options).into()
}
