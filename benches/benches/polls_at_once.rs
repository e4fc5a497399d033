//! Polls that come at the same time share a statement: what that is worth. Pollers on one store are measured beside as many pollers
//! with a store each, whose polls share nothing, in turns and on the same pool. Starts servers of its own, and prints a table.
//! With the argument `postgres`, `mariadb` or `sqlite` it measures that engine alone.

use std::sync::Arc;
use std::time::Duration;

use device_grant::code::GrantId;
use device_grant::host::{GrantStore, PollRecord};
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use device_grant_benches::timing::now;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{MySqlPool, PgPool};
use test_servers::{Folder, MariaDb, Postgres};
use tokio::task::JoinSet;

use self::executor::block_on;
use self::grants::{Anytime, usual};

#[path = "../../tests/sql/executor.rs"]
mod executor;
#[path = "sql_stores/grants.rs"]
mod grants;

const GRANTS: u64 = 10_000;
const ROUNDS: usize = 9;
const TIME: Duration = Duration::from_secs(1);
const POLLERS: [usize; 3] = [1, 8, 64];
const CONNECTIONS: u32 = 16;

fn main() {
    let only = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with("--"));
    let is_meant = |engine| only.as_ref().is_none_or(|only| only == engine);
    println!(
        "| engine | pollers | polls/s, a statement each | sharing | ratio | lowest | highest | p50 before, after | p99 before, after |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    if is_meant("postgres") {
        postgres();
    }
    if is_meant("mariadb") {
        mariadb();
    }
    if is_meant("sqlite") {
        sqlite();
    }
}

fn postgres() {
    let server = Postgres::start(&["max_wal_size=4GB"]);
    let options = PgConnectOptions::new_without_pgpass()
        .socket(server.folder())
        .username("postgres")
        .database("postgres");
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false);
    let pool = block_on(async { pool.connect_lazy_with(options) });
    let written = || {
        let pool = pool.clone();
        let written = async move {
            let written = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
            let written: i64 = sqlx::query_scalar(written).fetch_one(&pool).await.unwrap();
            written
        };
        Some(block_on(written))
    };
    measure(
        "PostgreSQL",
        &Database::from(PgPool::clone(&pool)),
        &written,
    );
}

fn mariadb() {
    let server = MariaDb::start(&[]);
    let options = MySqlConnectOptions::new()
        .socket(server.socket())
        .username("root");
    let pool = MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false);
    let pool = block_on(async {
        let admin = MySqlPool::connect_with(options.clone()).await.unwrap();
        let create = sqlx::raw_sql("CREATE DATABASE grants");
        create.execute(&admin).await.unwrap();
        admin.close().await;
        pool.connect_lazy_with(options.database("grants"))
    });
    measure("MariaDB", &Database::from(pool), &|| None);
}

fn sqlite() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("grants.sqlite"))
        .create_if_missing(true);
    let pool = block_on(async { SqlitePoolOptions::new().connect_lazy_with(options) });
    measure("SQLite", &Database::from(pool), &|| None);
}

/// The polls per second, and the time of each, in order.
struct Run {
    a_second: f64,
    times: Vec<Duration>,
    bytes: Option<f64>,
}

fn measure(engine: &str, database: &Database, written: &dyn Fn() -> Option<i64>) {
    let ids: Arc<[GrantId]> = (0..GRANTS).map(|number| usual(number).id).collect();
    let new = || Arc::new(SqlStore::new(database.clone()).with_clock(Anytime::default()));
    block_on(async {
        database.migrate().await.unwrap();
        grants::insert(new(), GRANTS, 16).await;
    });
    for pollers in POLLERS {
        let apart: Vec<_> = (0..pollers).map(|_| new()).collect();
        let together = vec![new(); pollers];
        let mut rounds = Vec::new();
        for round in 0..=ROUNDS {
            let [apart, together] = [&apart, &together].map(|stores| {
                let before = written();
                let mut run = block_on(run(stores, &ids));
                let bytes = written().zip(before).map(|(after, before)| after - before);
                let polls = f64::from(u32::try_from(run.times.len()).unwrap());
                run.bytes = bytes.map(|bytes| f64::from(i32::try_from(bytes).unwrap()) / polls);
                run
            });
            // The first round is for the caches.
            if round > 0 {
                rounds.push((apart, together));
            }
        }
        report(engine, pollers, &mut rounds);
    }
}

async fn run(stores: &[Arc<SqlStore>], ids: &Arc<[GrantId]>) -> Run {
    let end = now() + TIME;
    let mut running = JoinSet::new();
    for (number, store) in stores.iter().enumerate() {
        let (store, ids) = (Arc::clone(store), Arc::clone(ids));
        running.spawn(async move {
            let (mut times, mut random) = (Vec::new(), number);
            loop {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let poll = PollRecord::new(ids[(random >> 20) % ids.len()]);
                let start = now();
                assert!(store.record_poll(&poll).await.unwrap().is_some());
                times.push(now() - start);
                if now() >= end {
                    return times;
                }
            }
        });
    }
    let mut times: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    times.sort_unstable();
    let polls = f64::from(u32::try_from(times.len()).unwrap());
    Run {
        a_second: polls / TIME.as_secs_f64(),
        times,
        bytes: None,
    }
}

fn report(engine: &str, pollers: usize, rounds: &mut [(Run, Run)]) {
    let ratio = |(apart, together): &(Run, Run)| together.a_second / apart.a_second;
    rounds.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    let (lowest, highest) = (ratio(&rounds[0]), ratio(&rounds[rounds.len() - 1]));
    let middle = &rounds[rounds.len() / 2];
    let at = |hundredths: usize| {
        let [before, after] = [&middle.0, &middle.1].map(|run| {
            let time = run.times[run.times.len() * hundredths / 100];
            format!("{:.2}", time.as_secs_f64() * 1_000.0)
        });
        format!("{before}, {after} ms")
    };
    println!(
        "| {engine} | {pollers} | {:.0} | {:.0} | {:.2} | {lowest:.2} | {highest:.2} | {} | {} |",
        middle.0.a_second,
        middle.1.a_second,
        ratio(middle),
        at(50),
        at(99),
    );
    if let (Some(before), Some(after)) = (middle.0.bytes, middle.1.bytes) {
        println!("{engine}, {pollers} pollers: {before:.0} and {after:.0} bytes of WAL a poll");
    }
}
