//! The stores on SQL databases: polls a second beside the same statement from a bare client, bytes per grant, and what
//! a poll costs among many grants. Starts a PostgreSQL of its own. Prints a table.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{
    Access, Grant, Holder, Issuance, Origin, Pacing, Revision, Stored, Timestamp,
};
use device_grant::host::GrantStore;
use device_grant::store::{PostgresStore, SqliteStore};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, PgPool, Row, SqlitePool};
use tokio::runtime::Runtime;

#[path = "../../tests/sql/executor.rs"]
mod executor;
#[path = "../../tests/sql/folder.rs"]
mod folder;
#[path = "../../tests/sql/postgres/server.rs"]
#[expect(dead_code, reason = "the tests also crash it")]
mod server;

/// How many poll at a time, and for how long.
const CLIENTS: usize = 16;
const TIME: Duration = Duration::from_secs(5);

fn main() {
    println!("| what | number |\n|---|---|");
    postgres();
    sqlite();
}

fn postgres() {
    let server = server::Server::start(&["shared_buffers=512MB", "max_wal_size=4GB"]);
    let pool = PgPoolOptions::new()
        .max_connections(CLIENTS.try_into().unwrap())
        .test_before_acquire(false);
    let runtime = Runtime::new().unwrap();
    let (pool, store) = runtime.block_on(async {
        let pool = pool.connect_with(server.options()).await.unwrap();
        let store = PostgresStore::new(pool.clone());
        store.migrate().await.unwrap();
        (pool, store)
    });
    let mut first = None;
    for grants in [1_000, 100_000, 1_000_000] {
        runtime.block_on(fill(&pool, &store, grants));
        if grants == 100_000 {
            let bytes = runtime.block_on(postgres_bytes(&pool));
            report(
                "PostgreSQL, bytes per pending grant, with indexes",
                bytes / i64::from(grants),
            );
        }
        let ids = runtime.block_on(ids(&pool));
        let ours = runtime.block_on(poll(CLIENTS, Arc::new(store.clone()), &ids));
        report(&format!("PostgreSQL, polls/s among {grants} grants"), ours);
        let bare = pgbench(&server, grants);
        report(
            &format!("PostgreSQL, the same by pgbench among {grants} grants"),
            bare,
        );
        report(
            &format!("PostgreSQL, ratio among {grants} grants, in percent"),
            ours * 100 / bare,
        );
        let first = *first.get_or_insert(ours);
        report(
            &format!("PostgreSQL, cost of a poll among {grants} to among 1000, in percent"),
            first * 100 / ours,
        );
    }
}

fn sqlite() {
    let folder = folder::Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("grants.sqlite"))
        .create_if_missing(true);
    let runtime = Runtime::new().unwrap();
    let (pool, store) = runtime.block_on(async {
        let pool = SqlitePoolOptions::new()
            .connect_with(options)
            .await
            .unwrap();
        let store = SqliteStore::new(pool.clone());
        store.migrate().await.unwrap();
        (pool, store)
    });
    let mut first = None;
    for grants in [1_000, 100_000, 1_000_000] {
        let ids = runtime.block_on(fill_sqlite(&pool, &store, grants));
        if grants == 100_000 {
            let bytes = runtime.block_on(sqlite_bytes(&pool));
            report(
                "SQLite, bytes per pending grant, with indexes",
                bytes / i64::from(grants),
            );
        }
        let many = runtime.block_on(poll(CLIENTS, Arc::new(store.clone()), &ids));
        report(
            &format!("SQLite, polls/s by {CLIENTS} clients among {grants} grants"),
            many,
        );
        // The bare loop is one client, too.
        let ours = runtime.block_on(poll(1, Arc::new(store.clone()), &ids));
        report(
            &format!("SQLite, polls/s by one client among {grants} grants"),
            ours,
        );
        let bare = runtime.block_on(bare_loop(&pool, &ids));
        report(
            &format!("SQLite, the same in a bare loop among {grants} grants"),
            bare,
        );
        report(
            &format!("SQLite, ratio among {grants} grants, in percent"),
            ours * 100 / bare,
        );
        let first = *first.get_or_insert(ours);
        report(
            &format!("SQLite, cost of a poll among {grants} to among 1000, in percent"),
            first * 100 / ours,
        );
    }
}

fn report(what: &str, number: i64) {
    println!("| {what} | {number} |");
}

/// Polls by clients at random, each in time.
async fn poll(clients: usize, store: Arc<dyn GrantStore>, ids: &[GrantId]) -> i64 {
    let ids: Arc<[GrantId]> = ids.into();
    let (polls, now) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicI64::new(10_000_000)),
    );
    let end = Instant::now() + TIME;
    let clients: Vec<_> = (0..clients)
        .map(|client| {
            let (store, ids) = (Arc::clone(&store), Arc::clone(&ids));
            let (polls, now) = (Arc::clone(&polls), Arc::clone(&now));
            tokio::spawn(async move {
                let (holder, pacing) = (Holder::new("tv"), Pacing::default());
                let mut random = client;
                while Instant::now() < end {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let id = ids[(random >> 20) % ids.len()];
                    let now = Timestamp::from_micros(now.fetch_add(1_000, Ordering::Relaxed));
                    let polled = store.record_poll(&id, &holder, now, &pacing).await;
                    assert!(polled.unwrap().unwrap().paced.is_some());
                    polls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    per_second(polls.load(Ordering::Relaxed), TIME)
}

/// The poll's statement, from a client that does nothing else.
fn pgbench(server: &server::Server, grants: i32) -> i64 {
    let statement = POLL
        .replace("$1", ":id")
        .replace("$2", ":now::bigint")
        .replace("$3", "0::bigint")
        .replace("$4", "1000000::bigint")
        .replace("$5", "'tv'::bytea")
        .replace("$6", "NULL::bytea")
        .replace("$7", "NULL::bytea")
        .replace("$8", "1::smallint")
        .replace(":id", "md5((:i)::text)::uuid");
    let lines = statement
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    let statement: Vec<&str> = lines.collect();
    let script = format!(
        "\\set i random(1, {grants})\n\\set now random(1, 1000000000)\n{};\n",
        statement.join(" ")
    );
    let file = folder::Folder::new();
    let path = file.path().join("poll.sql");
    std::fs::write(&path, script).unwrap();
    let socket = server.socket();
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-j", "2", "-U", "postgres"])
        .args([
            "-c",
            &CLIENTS.to_string(),
            "-T",
            &TIME.as_secs().to_string(),
            "-h",
        ])
        .arg(socket.parent().unwrap())
        .arg("-f")
        .arg(&path)
        .arg("postgres")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = tps.and_then(|tps| tps.split('.').next()?.parse().ok());
    tps.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

const POLL: &str = include_str!("../../src/store/postgres/poll.sql");
const SQLITE_POLL: &str = include_str!("../../src/store/sqlite/poll.sql");

/// The same statement on a connection of its own, one after the other, from one task.
async fn bare_loop(pool: &SqlitePool, ids: &[GrantId]) -> i64 {
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("PRAGMA synchronous = NORMAL")
        .execute(&mut *connection)
        .await
        .unwrap();
    let end = Instant::now() + TIME;
    let (mut polls, mut random) = (0, 1_usize);
    while Instant::now() < end {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let id = ids[(random >> 20) % ids.len()];
        let query = sqlx::query(SQLITE_POLL)
            .bind(id.as_bytes().to_vec())
            .bind(1_000_000_000_i64 + i64::try_from(polls).unwrap() * 1_000)
            .bind(0_i64)
            .bind(1_000_000_i64)
            .bind("tv")
            .bind(None::<Vec<u8>>)
            .bind(None::<Vec<u8>>)
            .bind(1_i64);
        let rows = query.fetch_all(&mut *connection).await.unwrap();
        assert_eq!(rows.len(), 1);
        polls += 1;
    }
    per_second(polls, TIME)
}

fn per_second(count: usize, time: Duration) -> i64 {
    i64::try_from(count).unwrap() / i64::try_from(time.as_secs()).unwrap()
}

/// A usual grant, whose id is the MD5 of a number.
fn usual(id: [u8; 16], number: u64) -> Stored {
    let mut issuance = Issuance::new(GrantId::from_bytes(id), "tv", Timestamp::from_micros(0));
    issuance.issuer = "https://as.example".into();
    let mut code = [0; 32];
    code[..16].copy_from_slice(&id);
    code[16..24].copy_from_slice(&number.to_be_bytes());
    issuance.user_code = Some(UserCodeDigest::from_bytes(code));
    issuance.requested = Access::new("openid offline_access".parse().unwrap());
    issuance.origin = Origin::new().ip([192, 0, 2, 7].into());
    issuance.lifetime = Duration::from_secs(1_000_000_000);
    Stored::new(Grant::issue(issuance), Revision::from_u64(number))
}

/// Inserts one grant through the store, and the others as copies of it under other ids and codes.
async fn fill(pool: &PgPool, store: &PostgresStore, grants: i32) {
    sqlx::raw_sql("TRUNCATE device_grants")
        .execute(pool)
        .await
        .unwrap();
    let _ = store.insert(&usual([0; 16], 0)).await.unwrap();
    let copies = format!(
        "INSERT INTO device_grants
         SELECT md5(i::text)::uuid, i, issued_at, expires_at, forget_at + i, polling_interval, last_accepted, told_interval,
             record_version, paced, is_pending, had_twin, sha256(i::text::bytea), client_id, key_thumbprint,
             pkce_challenge, record
         FROM device_grants, generate_series(1, {grants}) AS i"
    );
    sqlx::raw_sql(AssertSqlSafe(copies))
        .execute(pool)
        .await
        .unwrap();
    sqlx::raw_sql("DELETE FROM device_grants WHERE revision = 0")
        .execute(pool)
        .await
        .unwrap();
    sqlx::raw_sql("VACUUM ANALYZE device_grants")
        .execute(pool)
        .await
        .unwrap();
    sqlx::raw_sql("CHECKPOINT").execute(pool).await.unwrap();
}

async fn ids(pool: &PgPool) -> Vec<GrantId> {
    let rows = sqlx::query("SELECT uuid_send(id) FROM device_grants")
        .fetch_all(pool)
        .await
        .unwrap();
    let ids = rows
        .iter()
        .map(|row| row.get::<Vec<u8>, _>(0).try_into().unwrap());
    ids.map(GrantId::from_bytes).collect()
}

async fn postgres_bytes(pool: &PgPool) -> i64 {
    let size = "SELECT pg_total_relation_size('device_grants')";
    sqlx::query_scalar(size).fetch_one(pool).await.unwrap()
}

async fn fill_sqlite(pool: &SqlitePool, store: &SqliteStore, grants: u32) -> Vec<GrantId> {
    sqlx::raw_sql("DELETE FROM device_grants; VACUUM")
        .execute(pool)
        .await
        .unwrap();
    let _ = store.insert(&usual([0; 16], 0)).await.unwrap();
    let copies = format!(
        "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {grants})
         INSERT INTO device_grants
         SELECT randomblob(16), randomblob(32), client_id, key_thumbprint, pkce_challenge, issued_at, expires_at,
             forget_at + i, polling_interval, told_interval, last_accepted, had_twin, paced, is_pending, random(),
             record_version, record
         FROM numbers, device_grants WHERE revision = 0"
    );
    sqlx::raw_sql(AssertSqlSafe(copies))
        .execute(pool)
        .await
        .unwrap();
    sqlx::raw_sql("DELETE FROM device_grants WHERE revision = 0")
        .execute(pool)
        .await
        .unwrap();
    sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(pool)
        .await
        .unwrap();
    let rows = sqlx::query("SELECT id FROM device_grants")
        .fetch_all(pool)
        .await
        .unwrap();
    let ids = rows
        .iter()
        .map(|row| row.get::<Vec<u8>, _>(0).try_into().unwrap());
    ids.map(GrantId::from_bytes).collect()
}

async fn sqlite_bytes(pool: &SqlitePool) -> i64 {
    let size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
    sqlx::query_scalar(size).fetch_one(pool).await.unwrap()
}
