//! The tables, as a host's own tools see them.

use device_grant::host::GrantStore;
use device_grant::sql::Database;
use sqlx::{AssertSqlSafe, Row};

use super::Sqlite;
use super::drivers::Sqlx09;
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;
use crate::recorder::Statements;

const MIGRATION: &str = include_str!("../../../migrations/sqlite/0001_grants_and_limits.sql");

#[test]
fn another_tool_applies_the_files_as_they_are() {
    let sqlite = Sqlite::empty::<Sqlx09>();
    sqlite.execute("PRAGMA journal_mode = WAL");
    sqlite.execute(MIGRATION);
    block_on(async {
        sqlite.store.check().await.unwrap();
        insert(&sqlite.store, &new_row(1)).await;
        sqlite.database.migrate().await.unwrap();
        assert!(sqlite.store.find(&id(1)).await.unwrap().is_some());
    });
}

#[test]
fn every_column_is_documented() {
    let columns = MIGRATION.lines().filter(|line| line.starts_with("    "));
    let undocumented: Vec<_> = columns.filter(|line| !line.contains(" -- ")).collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
}

#[test]
fn each_statement_finds_its_rows_by_an_index() {
    let sqlite = Sqlite::new::<Sqlx09>();
    let of = Statements::of(Database::sqlite);
    let others = [of.polls, of.find, of.replace, of.find_by_user_code];
    for statement in of.poll.into_iter().chain(of.purge).chain(others) {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = block_on(sqlx::raw_sql(explain).fetch_all(&sqlite.pool)).unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        assert!(
            plan.iter().any(|step| step.starts_with("SEARCH")),
            "{plan:?}"
        );
        assert!(
            !plan
                .iter()
                .any(|step| step.starts_with("SCAN device") || step.starts_with("SCAN g")),
            "{plan:?}"
        );
    }
}
