use device_grant::sql::Database;
use sqlx::Row;

use super::drivers::Sqlx09;
use super::{SERVER, migrated, prefix};
use crate::executor::block_on;
use crate::recorder::Statements;

#[test]
fn lists_read_their_index_from_where_the_last_page_ended() {
    let prefix = prefix();
    let _tables = migrated::<Sqlx09>(&SERVER.login(), &prefix);
    let list = Statements::of(Database::postgres).list;
    for (statement, whose) in list.iter().zip(["subject", "client_id"]) {
        let index = format!("{prefix}grants_{whose}");
        let statement = statement.replace("device_", &prefix);
        // A table with nothing in it is read and sorted as a whole, unless that is forbidden.
        let explain = format!(
            "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
             PREPARE listing (bigint, bytea, bytea, bytea, bigint, bigint) AS {statement};
             EXPLAIN EXECUTE listing (NULL, '\\x00000000000000000000000000000000', 'x', 'x', 1, 10)"
        );
        let mut connection = block_on(SERVER.login().pool().acquire()).unwrap().detach();
        let explain = sqlx::raw_sql(sqlx::AssertSqlSafe(explain));
        let plan = block_on(explain.fetch_all(&mut connection)).unwrap();
        let plan: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
        let plan = plan.join("\n");
        assert!(
            plan.contains(&format!("Index Scan Backward using {index}")),
            "{plan}"
        );
        // Grants of another issuer with the same name are not read.
        let named = format!("Index Cond: ((substr(sha256((issuer || {whose})), 1, 4) = ");
        assert!(plan.contains(&named), "{plan}");
        let second = "AND ((issued_at / 1000000) <= '0'::bigint)";
        assert!(plan.contains(second), "{plan}");
        // What has one second is sorted, and nothing else.
        let sorted = "Presorted Key: ((issued_at / 1000000))";
        assert!(plan.contains(sorted), "{plan}");
    }
}
