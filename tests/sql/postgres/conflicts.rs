//! Transactions that PostgreSQL cannot put in an order with a statement of the store.

use std::time::Duration;

use device_grant::host::GrantStore;
use device_grant::store::SqlStore;

use super::drivers::Driver;
use super::server::Server;
use super::{Isolation, execute, migrated};
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;

on_each_driver!(a_read_outlasts_the_slow_commit_of_a_transaction_that_it_conflicts_with);

/// While such a transaction commits, PostgreSQL refuses the read each time: "canceled on conflict out to pivot". A commit in two
/// phases takes as long as the test likes.
fn a_read_outlasts_the_slow_commit_of_a_transaction_that_it_conflicts_with<D: Driver>() {
    let server = Server::start(&["max_prepared_transactions = 1"]);
    let login = server.login().isolation(Isolation::Serializable);
    let store = SqlStore::new(migrated::<D>(&login, "a_"));
    let (pool, ids) = (login.pool(), [id(0), id(1)]);
    block_on(async {
        for number in 0..2 {
            insert(&store, &new_row(number)).await;
        }
        let [first, second] = ids.map(|id| format!("a_grants WHERE id = '{id}'"));
        let update = |grant: &str| grant.replace("WHERE", "SET revision = revision WHERE");
        let mut pivot = pool.acquire().await.unwrap();
        let mut run = async |sql: String| {
            let sql = sqlx::AssertSqlSafe(sql);
            sqlx::raw_sql(sql).execute(&mut *pivot).await.unwrap();
        };
        run(format!("BEGIN; SELECT revision FROM {first}")).await;
        execute(&pool, format!("UPDATE {}", update(&first))).await;
        run(format!(
            "UPDATE {}; PREPARE TRANSACTION 'pivot'",
            update(&second)
        ))
        .await;
        let commit = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            run("COMMIT PREPARED 'pivot'".to_owned()).await;
        };
        let (found, ()) = tokio::join!(store.find(&ids[1]), commit);
        assert!(found.unwrap().is_some());
    });
}
