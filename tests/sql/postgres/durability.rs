use std::time::Duration;

use device_grant::host::{GrantStore, Paced, PollRecord};
use device_grant::store::SqlStore;
use device_grant::testing::ManualClock;
use sqlx::{PgPool, Row};

use super::drivers::Driver;
use super::server::Server;
use super::{login, migrated, number, prefix};
use crate::clauses::harness::{self, Shape, at, id, insert, new_row, row};
use crate::executor::block_on;

on_each_driver!(
    a_poll_commits_without_the_log_while_a_decision_waits_for_it,
    an_early_poll_at_the_longest_interval_writes_nothing,
);

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

/// Each version of a row names the transaction that wrote it.
fn an_early_poll_at_the_longest_interval_writes_nothing<D: Driver>() {
    let (prefix, pool) = (prefix(), login().pool());
    let clock = ManualClock::new();
    let store = SqlStore::new(migrated::<D>(&login(), &prefix)).with_clock(clock.clone());
    let written_by = || {
        let sql = format!("SELECT xmin::text::bigint FROM {prefix}grants");
        number(&pool, sql)
    };
    block_on(async {
        clock.set(at(0));
        let mut slow = new_row(1);
        slow.pace = harness::pace(60);
        insert(&store, &slow).await;
        for second in [0, 5] {
            harness::poll(&store, &clock, 1, at(second)).await;
        }
        let told_by = written_by().await;
        for second in 6..12 {
            let early = harness::poll(&store, &clock, 1, at(second)).await;
            assert_eq!(early.paced, Some(Paced::slow_down(60)));
            assert_eq!(written_by().await, told_by, "at {second} s");
        }
        let in_time = harness::poll(&store, &clock, 1, at(60)).await;
        assert_eq!(in_time.paced, Some(Paced::Accepted));
        assert_ne!(written_by().await, told_by, "an accepted poll is written");
    });
}

async fn poll(store: &SqlStore) -> Option<Paced> {
    let polled = store.record_poll(&PollRecord::new(id(2))).await;
    polled.unwrap().unwrap().paced
}

/// Returns the number of commits that wait for the standby.
async fn waiting(pool: &PgPool) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    sqlx::query(waiting).fetch_one(pool).await.unwrap().get(0)
}
