use device_grant::store::PostgresStore;
use sqlx::Row;

use super::schema::complete;
use super::{Isolation, SERVER, pool, prefix};
use crate::executor::block_on;

#[test]
fn lists_read_their_index_from_where_the_last_page_ended() {
    let pool = pool(SERVER.options(), Isolation::ReadCommitted);
    let prefix = prefix();
    let store = PostgresStore::new(pool.clone());
    block_on(store.table_prefix(&prefix).unwrap().migrate()).unwrap();
    for whose in ["subject", "client_id"] {
        let index = format!("{prefix}grants_{whose}");
        let list = include_str!("../../../src/sql/postgres/grants/list.sql");
        let statement = complete(list).replace("{whose}", whose);
        let statement = statement.replace("device_", &prefix);
        // A table with nothing in it is read as a whole, unless that is forbidden.
        let explain = format!(
            "SET enable_seqscan = off; SET enable_bitmapscan = off;
             PREPARE listing (bigint, bytea, bytea, bigint, bytea, bigint) AS {statement};
             EXPLAIN EXECUTE listing (NULL, 'x', 'x', 1, '\\x00000000000000000000000000000000', 10)"
        );
        let mut connection = block_on(pool.acquire()).unwrap().detach();
        let explain = sqlx::raw_sql(sqlx::AssertSqlSafe(explain));
        let plan = block_on(explain.fetch_all(&mut connection)).unwrap();
        let plan: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
        let plan = plan.join("\n");
        assert!(
            plan.contains(&format!("Index Scan Backward using {index}")),
            "{plan}"
        );
        assert!(plan.contains("AND (issued_at <= '1'::bigint)"), "{plan}");
    }
}
