use sqlx::Row;

use super::Sqlite;
use crate::executor::block_on;

#[test]
fn lists_read_their_index_in_its_order() {
    let sqlite = Sqlite::new();
    let statements = [
        (
            include_str!("../../../src/store/sqlite/list_of_subject.sql"),
            "device_grants_subject (subject=? AND (issued_at,id)<(?,?))",
        ),
        (
            include_str!("../../../src/store/sqlite/list_of_client.sql"),
            "device_grants_client_id (client_id=? AND (issued_at,id)<(?,?))",
        ),
    ];
    for (statement, index) in statements {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan = block_on(sqlx::query(explain).fetch_all(&sqlite.pool)).unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert_eq!(steps, [format!("SEARCH device_grants USING INDEX {index}")]);
    }
}
