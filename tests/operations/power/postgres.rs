use std::time::Duration;

use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use test_servers::Postgres;

use super::disk::Disk;
use crate::work::{Load, Server};

/// The milliseconds from the start of the work to each failure.
const FAILS_AFTER: [u64; 3] = [1_000, 2_000, 3_000];

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn postgresql_keeps_what_was_acknowledged_when_the_power_fails() {
    assert_eq!(lost(&["fsync=on"]), 0);
}

/// So that the tests are known to see a loss: commits are acknowledged before they are written.
#[test]
#[ignore = "long; scripts/test-long runs it"]
fn postgresql_loses_decisions_with_asynchronous_commits_when_the_power_fails() {
    // Written ten seconds later, unless something else writes before.
    let settings = ["fsync=on", "synchronous_commit=off", "wal_writer_delay=10s"];
    assert!(lost(&settings) > 0);
}

/// Works on a server whose power fails three times, and returns the number of grants that are not where somebody was told.
fn lost(settings: &[&str]) -> usize {
    let mut disk = None;
    let mut server = Postgres::start_by(settings, |shell, folder| {
        let disk = disk.insert(Disk::of(&folder.join("data"), folder, false));
        disk.under(shell);
        shell.env("LOSE", disk.losing());
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let pool = pool(&server).await;
        let database = Database::from(pool.clone());
        database.migrate().await.unwrap();
        // The tables are there in any case.
        let checkpoint = sqlx::query("CHECKPOINT").execute(&pool).await;
        checkpoint.unwrap();
        let service = Server::on(SqlStore::new(database));
        let mut lost = 0;
        for fails_after in FAILS_AFTER {
            let load = Load::start(&service);
            tokio::time::sleep(Duration::from_millis(fails_after)).await;
            let before = until_started(&pool, None).await;
            server.guard.crash_and_restart();
            until_started(&pool, Some(before)).await;
            let (steps, missing) = load.finish(&service).await;
            assert!(steps > 50, "the failure met no work: {steps} steps");
            lost += missing;
        }
        // Without this, it would have been a crash.
        let log = std::fs::read_to_string(server.folder().join("log")).unwrap();
        assert_eq!(log.matches("files lost something").count(), 3, "{log}");
        assert!(!log.contains("\n0 files lost something"), "{log}");
        lost
    })
}

async fn pool(server: &Postgres) -> PgPool {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(server.folder())
        .username("postgres");
    let pool = PgPoolOptions::new().max_connections(8);
    pool.connect_with(options).await.unwrap()
}

/// Waits for a server to answer that is another than the one that started then, and returns its start.
async fn until_started(pool: &PgPool, before: Option<i64>) -> i64 {
    for _ in 0..600 {
        // A connection to the one before may be left in the pool.
        if let Some(start) = started_at(pool)
            .await
            .filter(|start| Some(*start) != before)
        {
            return start;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the server does not come back");
}

/// The start of the server, if it answers.
async fn started_at(pool: &PgPool) -> Option<i64> {
    let start = "SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint";
    sqlx::query_scalar(start).fetch_one(pool).await.ok()
}
