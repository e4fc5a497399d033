//! The tables, as a host's own tools see them.

use std::process::Command;

use device_grant::host::GrantStore;
use device_grant::limiter::PostgresLimiter;
use device_grant::store::PostgresStore;
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::server::Server;
use super::{Isolation, pool_of};
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;

const MIGRATION: &str = include_str!("../../../migrations/postgres/0001_grants_and_limits.sql");
const POLL: &str = include_str!("../../../src/sql/postgres/grants/poll.sql");
const FIND: &str = include_str!("../../../src/sql/postgres/grants/find.sql");
const FIND_BY_USER_CODE: &str =
    include_str!("../../../src/sql/postgres/grants/find_by_user_code.sql");
const REPLACE: &str = include_str!("../../../src/sql/postgres/grants/replace.sql");
const PURGE: &str = include_str!("../../../src/sql/postgres/grants/purge.sql");

#[test]
fn psql_applies_the_files_as_they_are_and_with_another_prefix() {
    let (server, pool) = server();
    let store = PostgresStore::new(pool.clone());
    let prefixed = store.clone().table_prefix("sign_in_").unwrap();
    let renamed = ["grants", "limits", "schema", "charge"]
        .iter()
        .fold(MIGRATION.to_owned(), |sql, name| {
            sql.replace(&format!("device_{name}"), &format!("sign_in_{name}"))
        });
    for (store, sql) in [(store, MIGRATION.to_owned()), (prefixed, renamed)] {
        psql(&server, &sql);
        block_on(async {
            store.check().await.unwrap();
            insert(&store, &new_row(1)).await;
            store.migrate().await.unwrap();
            assert!(store.find(&id(1)).await.unwrap().is_some());
        });
    }
    let limiter = PostgresLimiter::new(pool);
    block_on(limiter.check()).unwrap();
}

#[test]
fn everything_is_documented_in_the_database() {
    let (_server, pool) = server();
    let undocumented = "
        SELECT c.relname || COALESCE('.' || a.attname, '') AS name
        FROM pg_class AS c
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)
        UNION ALL
        SELECT proname FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL";
    block_on(async {
        PostgresStore::new(pool.clone()).migrate().await.unwrap();
        let rows = sqlx::query(undocumented).fetch_all(&pool).await.unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(names.is_empty(), "{names:?}");
    });
}

#[test]
fn each_statement_finds_its_rows_by_an_index() {
    let (_server, pool) = server();
    block_on(async {
        let store = PostgresStore::new(pool.clone());
        store.migrate().await.unwrap();
        insert(&store, &new_row(1)).await;
        fill(&pool).await;
        let id = r"'\x00000000000000000000000000000001'";
        for (statement, types, values, index) in [
            (
                POLL,
                "int8, bytea, int8, int8, int8, int8",
                format!("NULL, {id}, 1, 1, 1, 1"),
                "pkey",
            ),
            (FIND, "int8, bytea", format!("NULL, {id}"), "pkey"),
            (
                REPLACE,
                "bytea, int8, int8, bytea, int8, int8, bytea",
                format!("{id}, 1, 2, '', 1, 1, ''"),
                "pkey",
            ),
            (
                FIND_BY_USER_CODE,
                "int8, bytea",
                format!("NULL, {id}"),
                "user_code_key",
            ),
            (PURGE, "int8, int8", "NULL, 1000".to_owned(), "forget_at"),
        ] {
            let plan = plan(&pool, &complete(statement), types, &values).await;
            let scans =
                ["using", "on"].map(|scan| format!("Index Scan {scan} device_grants_{index}"));
            assert!(scans.iter().any(|scan| plan.contains(scan)), "{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
        }
    });
}

/// The statement of this file.
pub(super) fn complete(statement: &str) -> String {
    let row = include_str!("../../../src/sql/postgres/grants/row.sql");
    let now = include_str!("../../../src/sql/postgres/grants/now.sql");
    statement.replace("{row}", row).replace("{now}", now)
}

/// The plan for all values, as a connection has it once it has executed the statement some times.
async fn plan(pool: &PgPool, statement: &str, types: &str, values: &str) -> String {
    let mut connection = pool.acquire().await.unwrap();
    let prepare =
        format!("SET plan_cache_mode = force_generic_plan; PREPARE one ({types}) AS {statement}");
    let explain = format!("EXPLAIN EXECUTE one ({values})");
    let prepared = sqlx::raw_sql(AssertSqlSafe(prepare))
        .execute(&mut *connection)
        .await;
    prepared.unwrap();
    let rows = sqlx::raw_sql(AssertSqlSafe(explain))
        .fetch_all(&mut *connection)
        .await;
    let lines = rows
        .unwrap()
        .into_iter()
        .map(|row| row.get::<String, _>(0) + "\n");
    let plan = lines.collect();
    let forget = sqlx::raw_sql("DEALLOCATE one")
        .execute(&mut *connection)
        .await;
    forget.unwrap();
    plan
}

/// Copies the one grant under many other ids.
async fn fill(pool: &PgPool) {
    let copies = "INSERT INTO device_grants
        SELECT (jsonb_populate_record(g, jsonb_build_object('id', gen_random_uuid(), 'user_code', i,
            'forget_at', i))).*
        FROM device_grants AS g, generate_series(1, 20000) AS i";
    sqlx::raw_sql(copies).execute(pool).await.unwrap();
    sqlx::raw_sql("ANALYZE device_grants")
        .execute(pool)
        .await
        .unwrap();
}

fn server() -> (Server, PgPool) {
    let server = Server::start(&[]);
    let pool = pool_of(5, server.options(), Isolation::ReadCommitted);
    (server, pool)
}

fn psql(server: &Server, sql: &str) {
    let applied = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--single-transaction"])
        .args(["--set", "ON_ERROR_STOP=1", "--username", "postgres"])
        .args(["--command", sql, "--host"])
        .arg(server.socket().parent().unwrap())
        .arg("postgres")
        .output()
        .expect("psql comes with PostgreSQL");
    assert!(applied.status.success(), "{applied:?}");
}
