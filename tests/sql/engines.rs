//! A `Database` for one engine, on a pool that talks to something else. The pools of `sqlx` and `deadpool` say by their type
//! which engine they are of; a driver of the host's own, or a server that speaks another one's protocol, does not.

use std::error::Error;

use async_trait::async_trait;
use deadpool_sqlite::rusqlite;
use device_grant::host::{GrantStore, Limiter};
use device_grant::limiter::SqlLimiter;
use device_grant::sql::{Database, Driver, DriverError, Statement, Value};
use device_grant::store::SqlStore;
use sqlx::{AssertSqlSafe, MySqlPool, PgPool, Row};

use crate::advice::assert_lasting;
use crate::executor::block_on;
use crate::{mariadb, postgres};

/// Asks a server by a statement without parameters, which returns one text.
trait Server: Send + Sync {
    fn ask(&self, sql: &str) -> impl Future<Output = Result<String, DriverError>> + Send;
}

/// A driver that executes nothing but that.
struct Asks<S>(S);

#[async_trait]
impl<S: Server> Driver for Asks<S> {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let said = self.0.ask(&statement.sql).await?;
        Ok(vec![vec![Value::Bytes(Some(said.into_bytes()))]])
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        panic!("{}", statement.sql)
    }

    async fn script(&self, sql: &str) -> Result<(), DriverError> {
        panic!("{sql}")
    }
}

impl Server for PgPool {
    async fn ask(&self, sql: &str) -> Result<String, DriverError> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let row = query.fetch_one(self).await.map_err(refused)?;
        Ok(row.get(0))
    }
}

impl Server for MySqlPool {
    async fn ask(&self, sql: &str) -> Result<String, DriverError> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let row = query.fetch_one(self).await.map_err(refused)?;
        Ok(row.get(0))
    }
}

/// A database in memory.
struct Sqlite;

impl Server for Sqlite {
    async fn ask(&self, sql: &str) -> Result<String, DriverError> {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let row = connection.query_row(sql, [], |row| row.get(0));
        row.map_err(|error| {
            let cause = || error.source()?.downcast_ref::<rusqlite::ffi::Error>();
            let code = error.sqlite_error().or_else(cause).unwrap().extended_code;
            DriverError::refused(code.to_string(), error)
        })
    }
}

/// A server that says this of itself.
impl Server for &'static str {
    async fn ask(&self, _: &str) -> Result<String, DriverError> {
        Ok((*self).to_owned())
    }
}

fn refused(error: sqlx::Error) -> DriverError {
    let code = error.as_database_error().unwrap();
    let code = match code.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        Some(error) => error.number().to_string(),
        None => code.code().unwrap().into_owned(),
    };
    DriverError::refused(code, error)
}

/// Asserts that checks and migrations say that this is not the engine, and what it is.
#[track_caller]
fn is_refused(database: &Database, expected: &str, found: &str) {
    block_on(async {
        let store = SqlStore::new(database.clone()).check().await.unwrap_err();
        let limiter = SqlLimiter::new(database.clone()).check().await;
        let migrated = database.migrate().await.unwrap_err();
        for error in [store, limiter.unwrap_err(), migrated] {
            assert_lasting(&error, &format!("has to be one of {expected}"));
            let said = error.source().unwrap().to_string();
            assert!(said.contains(found), "{said}");
        }
    });
}

#[test]
fn a_pool_of_another_engine_is_told_as_what_it_is() {
    let mariadb = Database::postgres(Asks(mariadb::login().pool()));
    is_refused(&mariadb, "PostgreSQL 14 or newer", "something else");
    let postgres = Database::mariadb(Asks(postgres::SERVER.login().pool()));
    is_refused(&postgres, "MariaDB 10.6 or newer", "something else");
    let sqlite = Database::postgres(Asks(Sqlite));
    is_refused(&sqlite, "PostgreSQL 14 or newer", "something else");
    let sqlite = Database::mariadb(Asks(Sqlite));
    is_refused(&sqlite, "MariaDB 10.6 or newer", "something else");
    let postgres = Database::sqlite(Asks(postgres::SERVER.login().pool()));
    is_refused(&postgres, "SQLite 3.35 or newer", "something else");
    let mariadb = Database::sqlite(Asks(mariadb::login().pool()));
    is_refused(&mariadb, "SQLite 3.35 or newer", "something else");
}

#[test]
fn what_speaks_the_protocol_and_is_not_the_engine_or_too_old_is_refused() {
    for said in [
        "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)",
        "PostgreSQL 11.2-YB-2.21.0.0-b0 on x86_64-pc-linux-gnu",
        "PostgreSQL 13.14 (Debian 13.14-0+deb11u1) on x86_64-pc-linux-gnu",
    ] {
        let database = Database::postgres(Asks(said));
        is_refused(&database, "PostgreSQL 14 or newer", said);
    }
    for said in ["8.0.40", "8.4.3-TiDB-v8.5.0", "10.5.29-MariaDB-0+deb11u1"] {
        let database = Database::mariadb(Asks(said));
        is_refused(&database, "MariaDB 10.6 or newer", said);
    }
    let database = Database::sqlite(Asks("3.34.1"));
    is_refused(&database, "SQLite 3.35 or newer", "3.34.1");
}
