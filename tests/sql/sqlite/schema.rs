//! The tables, as a host's own tools see them.

use device_grant::host::GrantStore;
use sqlx::{AssertSqlSafe, Row};

use super::Sqlite;
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;

const MIGRATION: &str = include_str!("../../../migrations/sqlite/0001_grants_and_limits.sql");
const ROW: &str = include_str!("../../../src/sql/sqlite/grants/row.sql");
const POLL: &str = include_str!("../../../src/sql/sqlite/grants/poll.sql");
const FIND: &str = include_str!("../../../src/sql/sqlite/grants/find.sql");
const FIND_BY_USER_CODE: &str =
    include_str!("../../../src/sql/sqlite/grants/find_by_user_code.sql");
const REPLACE: &str = include_str!("../../../src/sql/sqlite/grants/replace.sql");
const PURGE: &str = include_str!("../../../src/sql/sqlite/grants/purge.sql");

#[test]
fn another_tool_applies_the_files_as_they_are() {
    let sqlite = Sqlite::empty();
    sqlite.execute("PRAGMA journal_mode = WAL");
    sqlite.execute(MIGRATION);
    block_on(async {
        sqlite.store.check().await.unwrap();
        insert(&sqlite.store, &new_row(1)).await;
        sqlite.store.migrate().await.unwrap();
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
    let sqlite = Sqlite::new();
    let (poll, unpaced) = POLL.split_once(";\n").unwrap();
    for statement in [poll, unpaced, FIND, REPLACE, FIND_BY_USER_CODE, PURGE] {
        let statement = statement.replace("{row}", ROW);
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = block_on(sqlx::raw_sql(explain).fetch_all(&sqlite.pool)).unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        assert!(
            plan.iter().any(|step| step.starts_with("SEARCH")),
            "{plan:?}"
        );
        assert!(
            !plan.iter().any(|step| step.starts_with("SCAN device")),
            "{plan:?}"
        );
    }
}
