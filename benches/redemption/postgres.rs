use deadpool_postgres::tokio_postgres::{Config, NoTls};
use deadpool_postgres::{Manager, Pool, Runtime};
use device_grant::sql::Database;
use test_servers::Postgres;

use crate::executor::block_on;
use crate::stage::{CONNECTIONS, Stage};

pub(crate) fn set_up() -> Stage {
    let server = Postgres::start(&["shared_buffers=256MB", "max_wal_size=4GB"]);
    let way = server.folder().to_str().expect("UTF-8").to_owned();
    block_on(async { sqlx_09(&way).migrate().await.expect("tables") });
    Stage::new(way, server)
}

pub(crate) fn sqlx_09(way: &str) -> Database {
    let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
        .socket(way)
        .username("postgres")
        .database("postgres");
    sqlx::postgres::PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_lazy_with(options)
        .into()
}

pub(crate) fn sqlx_08(way: &str) -> Database {
    let options = sqlx_08::postgres::PgConnectOptions::new_without_pgpass()
        .socket(way)
        .username("postgres")
        .database("postgres");
    sqlx_08::postgres::PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_lazy_with(options)
        .into()
}

pub(crate) fn deadpool(way: &str) -> Database {
    let mut config = Config::new();
    config.host_path(way).user("postgres").dbname("postgres");
    let pool = Pool::builder(Manager::new(config, NoTls))
        .max_size(CONNECTIONS.try_into().expect("a small number"))
        .runtime(Runtime::Tokio1)
        .build();
    pool.expect("good settings").into()
}
