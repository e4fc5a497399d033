//! The drivers that every test runs with.

use deadpool_postgres::tokio_postgres::{Config, NoTls};
use deadpool_postgres::{Manager, Pool, Runtime, Timeouts};
use device_grant::sql::Database;

use super::server::Login;
use crate::executor::block_on;

/// A driver, of a pool that it makes.
pub(crate) trait Driver {
    fn database(login: &Login) -> Database;
}

pub(crate) struct Sqlx09;

pub(crate) struct Sqlx08;

pub(crate) struct Deadpool;

impl Driver for Sqlx09 {
    fn database(login: &Login) -> Database {
        login.pool().into()
    }
}

impl Driver for Sqlx08 {
    fn database(login: &Login) -> Database {
        let options = sqlx_08::postgres::PgConnectOptions::new_without_pgpass()
            .socket(&login.folder)
            .username(&login.user)
            .database("postgres")
            .options(login.escaped_settings());
        let pool = sqlx_08::postgres::PgPoolOptions::new()
            .max_connections(login.size)
            .acquire_timeout(login.patience)
            .test_before_acquire(false);
        block_on(async { pool.connect_lazy_with(options) }).into()
    }
}

impl Deadpool {
    pub(crate) fn config(login: &Login) -> Config {
        let mut config = Config::new();
        config
            .host_path(&login.folder)
            .user(&login.user)
            .dbname("postgres");
        let settings = login.escaped_settings().into_iter();
        let settings = settings.map(|(name, value)| format!("-c {name}={value}"));
        config.options(settings.collect::<Vec<_>>().join(" "));
        config
    }
}

impl Driver for Deadpool {
    fn database(login: &Login) -> Database {
        let pool = Pool::builder(Manager::new(Self::config(login), NoTls))
            .max_size(login.size.try_into().unwrap())
            .timeouts(Timeouts {
                wait: Some(login.patience),
                create: Some(login.patience),
                recycle: Some(login.patience),
            })
            .runtime(Runtime::Tokio1)
            .build();
        pool.unwrap().into()
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
        mod deadpool {
            $(#[test] fn $test() { super::$test::<super::super::drivers::Deadpool>(); })+
        }
    };
}

/// Makes the tests of a store's contract, for a driver and an isolation.
macro_rules! on_each_isolation {
    ($clauses:ident) => {
        $clauses!(sqlx_09_read_committed, Sqlx09, ReadCommitted);
        $clauses!(sqlx_09_repeatable_read, Sqlx09, RepeatableRead);
        $clauses!(sqlx_09_serializable, Sqlx09, Serializable);
        $clauses!(sqlx_08_read_committed, Sqlx08, ReadCommitted);
        $clauses!(sqlx_08_serializable, Sqlx08, Serializable);
        $clauses!(deadpool_read_committed, Deadpool, ReadCommitted);
        $clauses!(deadpool_serializable, Deadpool, Serializable);
    };
}

/// Makes the tests of a limiter's contract, whose statements lock what they read.
macro_rules! on_some_isolations {
    ($clauses:ident) => {
        $clauses!(sqlx_09_read_committed, Sqlx09, ReadCommitted);
        $clauses!(sqlx_09_repeatable_read, Sqlx09, RepeatableRead);
        $clauses!(sqlx_08_read_committed, Sqlx08, ReadCommitted);
        $clauses!(deadpool_read_committed, Deadpool, ReadCommitted);
    };
}
