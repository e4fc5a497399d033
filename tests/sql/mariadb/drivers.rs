//! The drivers that every test runs with.

use device_grant::sql::Database;

use super::Login;
use crate::executor::block_on;

/// A driver, of a pool that it makes.
pub(crate) trait Driver {
    fn database(login: &Login) -> Database;
}

pub(crate) struct Sqlx09;

pub(crate) struct Sqlx08;

impl Driver for Sqlx09 {
    fn database(login: &Login) -> Database {
        login.pool().into()
    }
}

impl Driver for Sqlx08 {
    fn database(login: &Login) -> Database {
        use sqlx_08::Executor;

        let options = sqlx_08::mysql::MySqlConnectOptions::new()
            .socket(&login.socket)
            .username(&login.user)
            .database("grants");
        let settings = login.sql();
        let pool = sqlx_08::mysql::MySqlPoolOptions::new()
            .max_connections(login.size)
            .acquire_timeout(login.patience)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let settings = settings.clone();
                Box::pin(async move { connection.execute(settings.as_str()).await.map(drop) })
            });
        block_on(async { pool.connect_lazy_with(options) }).into()
    }
}

/// Makes a test of each of these functions with each driver.
macro_rules! on_each_driver {
    ($($test:ident),+ $(,)?) => {
        mod sqlx_09 {
            $(#[test] fn $test() { super::$test::<super::super::drivers::Sqlx09>(); })+
        }
        mod sqlx_08 {
            $(#[test] fn $test() { super::$test::<super::super::drivers::Sqlx08>(); })+
        }
    };
}

/// Makes the tests of a store's contract, for a driver and an isolation.
macro_rules! on_each_isolation {
    ($clauses:ident) => {
        $clauses!(sqlx_09_read_committed, Sqlx09, ReadCommitted);
        $clauses!(sqlx_09_repeatable_read, Sqlx09, RepeatableRead);
        $clauses!(sqlx_09_serializable, Sqlx09, Serializable);
        $clauses!(sqlx_08_repeatable_read, Sqlx08, RepeatableRead);
    };
}

/// Makes the tests of a limiter's contract, whose statements lock what they read.
macro_rules! on_some_isolations {
    ($clauses:ident) => {
        $clauses!(sqlx_09_read_committed, Sqlx09, ReadCommitted);
        $clauses!(sqlx_09_repeatable_read, Sqlx09, RepeatableRead);
        $clauses!(sqlx_09_serializable, Sqlx09, Serializable);
        $clauses!(sqlx_08_repeatable_read, Sqlx08, RepeatableRead);
    };
}
