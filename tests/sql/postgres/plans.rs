//! Plans of prepared statements.

use device_grant::host::GrantStore;
use device_grant::sql::Database;
use device_grant::store::SqlStore;

use super::{login, number, prefix};
use crate::clauses::harness::{code, insert, new_row};
use crate::executor::block_on;
use crate::polls::at_once;

/// After five executions PostgreSQL keeps a plan for any values, unless a plan for the values at hand promises to be cheaper.
#[test]
fn statements_with_few_ids_are_not_planned_anew_each_time() {
    let pool = login().size(1).pool();
    block_on(async {
        let database = Database::from(pool.clone());
        let database = database.with_table_prefix(&prefix()).unwrap();
        database.migrate().await.unwrap();
        let store = SqlStore::new(database);
        for number in 0..3 {
            insert(&store, &new_row(number)).await;
        }
        for _ in 0..10 {
            for answer in at_once(&store, 0..3).await {
                answer.unwrap().unwrap();
            }
            store.find_by_user_code(&[code(1)]).await.unwrap();
        }
        for words in ["SKIP LOCKED", "user_code = ANY"] {
            let planned = async |plans: &str| {
                let sql = format!(
                    "SELECT {plans}::bigint FROM pg_prepared_statements
                    WHERE statement LIKE '%{words}%' AND statement NOT LIKE '%pg_prepared_statements%'"
                );
                number(&pool, sql).await
            };
            assert_eq!(planned("custom_plans").await, 5, "{words}");
            assert!(planned("generic_plans").await > 0, "{words}");
        }
    });
}
