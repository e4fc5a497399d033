use sqlx::Row;

use super::Sqlite;
use crate::executor::block_on;

#[test]
fn lists_read_their_index_in_its_order() {
    let sqlite = Sqlite::new();
    let list = include_str!("../../../src/sql/sqlite/grants/list.sql").replace(
        "{row}",
        include_str!("../../../src/sql/sqlite/grants/row.sql"),
    );
    for whose in ["subject", "client_id"] {
        let statement = list.replace("{whose}", whose);
        let index = format!("device_grants_{whose} ({whose}=? AND (issued_at,id)<(?,?))");
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan = block_on(sqlx::query(explain).fetch_all(&sqlite.pool)).unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert_eq!(steps, [format!("SEARCH device_grants USING INDEX {index}")]);
    }
}
