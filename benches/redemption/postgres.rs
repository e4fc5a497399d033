use device_grant::sql::Database;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use test_servers::Postgres;

use crate::executor::block_on;
use crate::stage::Stage;

pub(crate) fn set_up() -> Stage {
    let server = Postgres::start(&["shared_buffers=256MB", "max_wal_size=4GB"]);
    let way = server.folder().to_str().expect("UTF-8").to_owned();
    block_on(async { open(&way).await.migrate().await.expect("tables") });
    Stage::new(way, server)
}

pub(crate) async fn open(way: &str) -> Database {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(way)
        .username("postgres")
        .database("postgres");
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    pool.into()
}
