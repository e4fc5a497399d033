use device_grant::sql::Database;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use test_servers::MariaDb;

use crate::executor::block_on;
use crate::stage::{CONNECTIONS, Stage};

pub(crate) fn set_up() -> Stage {
    let server = MariaDb::start(&["--innodb-buffer-pool-size=256M"]);
    let way = server.socket().to_str().expect("UTF-8").to_owned();
    block_on(async {
        let pool = MySqlPoolOptions::new().connect_lazy_with(options(&way).database("mysql"));
        let created = sqlx::query("CREATE DATABASE grants").execute(&pool).await;
        created.expect("a database");
        sqlx_09(&way).migrate().await.expect("tables");
    });
    Stage::new(way, server)
}

fn options(way: &str) -> MySqlConnectOptions {
    MySqlConnectOptions::new().socket(way).username("root")
}

pub(crate) fn sqlx_09(way: &str) -> Database {
    MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_lazy_with(options(way).database("grants"))
        .into()
}

pub(crate) fn sqlx_08(way: &str) -> Database {
    let options = sqlx_08::mysql::MySqlConnectOptions::new()
        .socket(way)
        .username("root")
        .database("grants");
    sqlx_08::mysql::MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_lazy_with(options)
        .into()
}
