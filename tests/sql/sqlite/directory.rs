use device_grant::sql::Database;
use sqlx::Row;

use super::Sqlite;
use super::drivers::Sqlx09;
use crate::executor::block_on;
use crate::recorder::Statements;

#[test]
fn lists_read_their_index_in_its_order_and_sort_only_grants_of_one_second() {
    let sqlite = Sqlite::new::<Sqlx09>();
    let list = Statements::of(Database::sqlite).list;
    for (statement, whose) in list.iter().zip(["subject", "client_id"]) {
        let index = format!("device_grants_{whose} ({whose}=? AND <expr><?)");
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan = block_on(sqlx::query(explain).fetch_all(&sqlite.pool)).unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        let [search, rest @ ..] = steps.as_slice() else {
            panic!("no plan");
        };
        assert_eq!(*search, format!("SEARCH device_grants USING INDEX {index}"));
        let sorts_all = |step: &String| step.ends_with("TEMP B-TREE FOR ORDER BY");
        assert!(!rest.iter().any(sorts_all), "{rest:?}");
    }
}
