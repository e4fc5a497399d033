//! The tables, as a host's own tools see them.

use std::process::Command;

use device_grant::host::{GrantStore, Limiter};
use device_grant::limiter::SqlLimiter;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::server::Server;
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;
use crate::recorder::Statements;

const MIGRATION: &str = include_str!("../../../migrations/postgres/0001_grants_and_limits.sql");

#[test]
fn psql_applies_the_files_as_they_are_and_with_another_prefix() {
    let (server, pool) = server();
    let database = Database::from(pool);
    let prefixed = database.clone().with_table_prefix("sign_in_").unwrap();
    let renamed = ["grants", "limits", "schema", "charge"]
        .iter()
        .fold(MIGRATION.to_owned(), |sql, name| {
            sql.replace(&format!("device_{name}"), &format!("sign_in_{name}"))
        });
    let limiter = SqlLimiter::new(database.clone());
    for (database, sql) in [(database, MIGRATION.to_owned()), (prefixed, renamed)] {
        psql(&server, &sql);
        let store = SqlStore::new(database.clone());
        block_on(async {
            store.check().await.unwrap();
            insert(&store, &new_row(1)).await;
            database.migrate().await.unwrap();
            assert!(store.find(&id(1)).await.unwrap().is_some());
        });
    }
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
        Database::from(pool.clone()).migrate().await.unwrap();
        let rows = sqlx::query(undocumented).fetch_all(&pool).await.unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(names.is_empty(), "{names:?}");
    });
}

#[test]
fn each_statement_finds_its_rows_by_an_index() {
    let (_server, pool) = server();
    let statements = Statements::of(Database::postgres);
    block_on(async {
        let database = Database::from(pool.clone());
        database.migrate().await.unwrap();
        insert(&SqlStore::new(database), &new_row(1)).await;
        fill(&pool).await;
        let id = r"'\x00000000000000000000000000000001'";
        for (statement, types, values, index) in [
            (
                &statements.poll[0],
                "int8, bytea, int8, int8, int8, int8",
                format!("NULL, {id}, 1, 1, 1, 1"),
                "pkey",
            ),
            (
                &statements.polls,
                "int8, bytea, int8, int8, int8, int8",
                format!("NULL, {id}, 1, 1, 1, 1"),
                "pkey",
            ),
            (
                &statements.find,
                "int8, bytea",
                format!("NULL, {id}"),
                "pkey",
            ),
            (
                &statements.replace,
                "int8, bytea, int8, bytea, int8, int8, bytea",
                format!("1, {id}, 2, '', 1, 1, ''"),
                "pkey",
            ),
            (
                &statements.find_by_user_code,
                "int8, bytea",
                format!("NULL, {id}"),
                "user_code_key",
            ),
            (
                &statements.purge[0],
                "int8, int8",
                "NULL, 1000".to_owned(),
                "forget_at",
            ),
        ] {
            let plan = plan(&pool, statement, types, &values).await;
            let scans =
                ["using", "on"].map(|scan| format!("Index Scan {scan} device_grants_{index}"));
            assert!(scans.iter().any(|scan| plan.contains(scan)), "{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
        }
    });
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
        SELECT (jsonb_populate_record(g, jsonb_build_object('id', gen_random_uuid(), 'user_code', gen_random_uuid(),
            'forget_at', i * 1000000::bigint))).*
        FROM device_grants AS g, generate_series(1, 20000) AS i";
    sqlx::raw_sql(copies).execute(pool).await.unwrap();
    sqlx::raw_sql("ANALYZE device_grants")
        .execute(pool)
        .await
        .unwrap();
}

fn server() -> (Server, PgPool) {
    let server = Server::start(&[]);
    let pool = server.login().size(5).pool();
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
