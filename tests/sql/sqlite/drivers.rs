//! The drivers that every test runs with.

use std::str::FromStr;

use deadpool_sqlite::{Config, Hook, HookError, Manager, Pool, Runtime};
use device_grant::sql::Database;

use super::File;
use crate::executor::block_on;

/// A driver, of a pool that it makes.
pub(crate) trait Driver {
    fn database(file: &File) -> Database;

    fn in_memory() -> Database;
}

pub(crate) struct Sqlx09;

pub(crate) struct Sqlx08;

pub(crate) struct Deadpool;

impl Driver for Sqlx09 {
    fn database(file: &File) -> Database {
        file.pool().into()
    }

    fn in_memory() -> Database {
        let pool = block_on(sqlx::SqlitePool::connect("sqlite::memory:"));
        pool.unwrap().into()
    }
}

impl Driver for Sqlx08 {
    fn database(file: &File) -> Database {
        let mut options = sqlx_08::sqlite::SqliteConnectOptions::new()
            .filename(&file.path)
            .create_if_missing(file.is_new)
            .read_only(file.is_read_only)
            .busy_timeout(file.busy_timeout);
        for (name, value) in &file.pragmas {
            options = options.pragma(*name, *value);
        }
        let pool = sqlx_08::sqlite::SqlitePoolOptions::new();
        block_on(async { pool.connect_lazy_with(options) }).into()
    }

    fn in_memory() -> Database {
        // Both versions of `sqlx` number their databases in memory from 0, and would share them.
        let options = sqlx_08::sqlite::SqliteConnectOptions::from_str("sqlite::memory:");
        let options = options.unwrap().shared_cache(false);
        let pool = sqlx_08::sqlite::SqlitePoolOptions::new();
        block_on(async { pool.connect_lazy_with(options) }).into()
    }
}

impl Driver for Deadpool {
    fn database(file: &File) -> Database {
        let mode = match (file.is_new, file.is_read_only) {
            (_, true) => "ro",
            (true, false) => "rwc",
            (false, false) => "rw",
        };
        // A file without a name is a temporary one.
        let path = if file.path.as_os_str().is_empty() {
            String::new()
        } else {
            format!("file:{}?mode={mode}", file.path.display())
        };
        let file = file.clone();
        let manager = Manager::from_config(&Config::new(path), Runtime::Tokio1);
        let pool = Pool::builder(manager).runtime(Runtime::Tokio1);
        let set = Hook::async_fn(move |connection, _| {
            let file = file.clone();
            Box::pin(async move {
                let set = connection.interact(move |connection| {
                    connection.busy_timeout(file.busy_timeout)?;
                    for (name, value) in &file.pragmas {
                        connection.pragma_update(None, name, value)?;
                    }
                    Ok(())
                });
                set.await.unwrap().map_err(HookError::Backend)
            })
        });
        pool.post_create(set).build().unwrap().into()
    }

    fn in_memory() -> Database {
        let manager = Manager::from_config(&Config::new(":memory:"), Runtime::Tokio1);
        Pool::builder(manager).build().unwrap().into()
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
