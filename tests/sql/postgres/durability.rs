use std::time::Duration;

use device_grant::host::{GrantStore, Paced, PollRecord};
use device_grant::store::SqlStore;
use sqlx::{PgPool, Row};

use super::drivers::Driver;
use super::server::Server;
use crate::clauses::harness::{Shape, id, insert, new_row, row};
use crate::executor::block_on;

on_each_driver!(a_poll_commits_without_the_log_while_a_decision_waits_for_it,);

/// The server waits for a standby that does not exist: who waits for the log waits for ever.
fn a_poll_commits_without_the_log_while_a_decision_waits_for_it<D: Driver>() {
    let server = Server::start(&["synchronous_standby_names = nobody"]);
    let alone = server.login().setting("synchronous_commit", "local");
    let (database, alone) = (D::database(&alone), alone.pool());
    let store = SqlStore::new(database.clone());
    block_on(async {
        database.migrate().await.unwrap();
        insert(&store, &new_row(1)).await;
        insert(&store, &new_row(2)).await;
    });
    let store = SqlStore::new(D::database(&server.login()));
    block_on(async {
        let deciding = tokio::spawn({
            let store = store.clone();
            let next = Shape::approved().over(&row(1), 3);
            async move { store.replace(&next).await.unwrap() }
        });
        while waiting(&alone).await == 0 {}
        let polled = tokio::time::timeout(Duration::from_secs(20), poll(&store)).await;
        assert_eq!(polled.expect("it waits for the log"), Some(Paced::Accepted));
        assert_eq!(waiting(&alone).await, 1, "the decision waits on");
        assert!(!deciding.is_finished());
        sqlx::raw_sql("ALTER SYSTEM SET synchronous_standby_names = ''")
            .execute(&alone)
            .await
            .unwrap();
        sqlx::raw_sql("SELECT pg_reload_conf()")
            .execute(&alone)
            .await
            .unwrap();
        assert!(deciding.await.unwrap());
    });
}

async fn poll(store: &SqlStore) -> Option<Paced> {
    let polled = store.record_poll(&PollRecord::new(id(2))).await;
    polled.unwrap().unwrap().paced
}

/// How many commits wait for the standby.
async fn waiting(pool: &PgPool) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    sqlx::query(waiting).fetch_one(pool).await.unwrap().get(0)
}
