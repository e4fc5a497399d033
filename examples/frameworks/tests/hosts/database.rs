//! Databases of the hosts that keep everything in PostgreSQL, on a private server.

use std::ffi::OsStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use test_servers::{Postgres, example};

use crate::server::Server;

const CODE_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static POSTGRES: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(&[]));

/// A database of its own.
pub(crate) struct Database {
    name: String,
}

impl Database {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("host_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let postgres = Self {
            name: "postgres".to_owned(),
        };
        postgres.run(&format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// A node of the production host.
    pub(crate) fn node(&self) -> Server {
        self.node_with(&[])
    }

    pub(crate) fn node_with(&self, options: &[&str]) -> Server {
        let program = example("production", "metrics,page,postgres-sqlx-09,tower");
        self.node_of(program, &[&["--demo"], options].concat())
    }

    /// A node of a host that uses it.
    pub(crate) fn node_of(&self, program: impl AsRef<OsStr>, options: &[&str]) -> Server {
        let folder = POSTGRES.folder().display();
        let url = format!("postgres://postgres@localhost/{}?host={folder}", self.name);
        let environment = [
            ("DATABASE_URL", url.as_str()),
            ("DEVICE_GRANT_CODE_KEY", CODE_KEY),
        ];
        Server::start(program, options, &environment)
    }

    pub(crate) fn run(&self, statement: &str) {
        self.within(async |connection| {
            let statement = sqlx::raw_sql(AssertSqlSafe(statement));
            statement.execute(connection).await.unwrap();
        });
    }

    /// Returns the number of rows of a table.
    pub(crate) fn count(&self, table: &str) -> i64 {
        self.within(async |connection| {
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            sqlx::query_scalar(count)
                .fetch_one(connection)
                .await
                .unwrap()
        })
    }

    /// Every row of every table as text.
    pub(crate) fn dump(&self) -> String {
        self.within(async |connection| {
            let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            let tables: Vec<String> = sqlx::query_scalar(tables)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            let mut dump = String::new();
            for table in tables {
                let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} AS t"));
                let rows: Vec<String> = sqlx::query_scalar(rows)
                    .fetch_all(&mut *connection)
                    .await
                    .unwrap();
                dump += &format!("{table}: {rows:?}\n");
            }
            dump
        })
    }

    fn within<T>(&self, work: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(POSTGRES.folder())
            .username("postgres")
            .database(&self.name);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            let result = work(&mut connection).await;
            connection.close().await.unwrap();
            result
        })
    }
}
