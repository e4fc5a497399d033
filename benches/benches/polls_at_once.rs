//! Polls that come at the same time share a statement: what that is worth. Pollers on one store are measured beside as many pollers
//! with a store each, whose polls share nothing, in turns and on the same pool, or on clones of one connection to Redis. Starts
//! servers of its own, and prints a table. With the argument `postgres`, `mariadb`, `sqlite` or `redis` it measures that one alone.

use std::sync::Arc;
use std::time::Duration;

use device_grant::code::GrantId;
use device_grant::host::{GrantStore, PollRecord};
use device_grant::sql::Database;
use device_grant::store::{RedisStore, SqlStore};
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
#[path = "../../tests/redis/patience.rs"]
#[expect(dead_code, reason = "the tests also wait for other things")]
mod patience;
#[path = "../../tests/redis/server.rs"]
#[expect(dead_code, reason = "the tests also crash it")]
mod server;

const GRANTS: u64 = 10_000;
const ROUNDS: usize = 9;
const TIME: Duration = Duration::from_secs(1);
const POLLERS: [usize; 3] = [1, 8, 64];
const CONNECTIONS: u32 = 16;

fn main() {
    let only = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with("--"));
    println!(
        "| engine | pollers | polls/s, a statement each | sharing | ratio | lowest | highest | p50 before, after | p99 before, after |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let engines: [(&str, fn()); 4] = [
        ("postgres", postgres),
        ("mariadb", mariadb),
        ("sqlite", sqlite),
        ("redis", redis),
    ];
    for (name, measure) in engines {
        if only.as_ref().is_none_or(|only| only == name) {
            measure();
        }
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
        block_on(async {
            let written = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8";
            sqlx::query_scalar(written).fetch_one(&pool).await.unwrap()
        })
    };
    let counter = Counter {
        what: "bytes of WAL",
        count: &written,
    };
    measure_sql("PostgreSQL", PgPool::clone(&pool).into(), Some(&counter));
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
    measure_sql("MariaDB", pool.into(), None);
}

fn sqlite() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("grants.sqlite"))
        .create_if_missing(true);
    let pool = block_on(async { SqlitePoolOptions::new().connect_lazy_with(options) });
    measure_sql("SQLite", pool.into(), None);
}

fn redis() {
    let server = server::Server::start();
    let connection = block_on(server.connection());
    let busy = || {
        let info = server.command(&["INFO", "cpu"]);
        let seconds = |name: &str| -> f64 {
            let mut values = info.lines().filter_map(|line| line.strip_prefix(name));
            values.next().unwrap().trim().parse().unwrap()
        };
        (seconds("used_cpu_user:") + seconds("used_cpu_sys:")) * 1e6
    };
    let counter = Counter {
        what: "µs of the server's processor",
        count: &busy,
    };
    let new = || RedisStore::new(connection.clone()).with_clock(Anytime::default());
    measure("Redis", &|| Arc::new(new()), Some(&counter));
}

fn measure_sql(engine: &str, database: Database, counter: Option<&Counter<'_>>) {
    block_on(database.migrate()).unwrap();
    let new = || SqlStore::new(database.clone()).with_clock(Anytime::default());
    measure(engine, &|| Arc::new(new()), counter);
}

/// Something of the server that grows with the polls.
struct Counter<'a> {
    what: &'a str,
    count: &'a dyn Fn() -> f64,
}

/// The polls per second, the time of each, in order, and how far the counter went for each.
struct Run {
    a_second: f64,
    times: Vec<Duration>,
    counted: Option<f64>,
}

fn measure(engine: &str, new: &dyn Fn() -> Arc<dyn GrantStore>, counter: Option<&Counter<'_>>) {
    let ids: Arc<[GrantId]> = (0..GRANTS).map(|number| usual(number).id).collect();
    block_on(grants::insert(new(), GRANTS, 16));
    for pollers in POLLERS {
        let apart: Vec<_> = (0..pollers).map(|_| new()).collect();
        let together = vec![new(); pollers];
        let mut rounds = Vec::new();
        for round in 0..=ROUNDS {
            let [apart, together] = [&apart, &together].map(|stores| {
                let before = counter.map(|counter| (counter.count)());
                let mut run = block_on(run(stores, &ids));
                let after = counter.map(|counter| (counter.count)());
                let counted = after.zip(before).map(|(after, before)| after - before);
                run.counted = counted.map(|counted| counted / run.polls());
                run
            });
            // The first round is for the caches.
            if round > 0 {
                rounds.push((apart, together));
            }
        }
        report(engine, pollers, &mut rounds, counter);
    }
}

impl Run {
    fn polls(&self) -> f64 {
        f64::from(u32::try_from(self.times.len()).unwrap())
    }
}

async fn run(stores: &[Arc<dyn GrantStore>], ids: &Arc<[GrantId]>) -> Run {
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
    let mut run = Run {
        a_second: 0.0,
        times,
        counted: None,
    };
    run.a_second = run.polls() / TIME.as_secs_f64();
    run
}

fn report(engine: &str, pollers: usize, rounds: &mut [(Run, Run)], counter: Option<&Counter<'_>>) {
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
    let counted = middle.0.counted.zip(middle.1.counted).zip(counter);
    if let Some(((before, after), counter)) = counted {
        println!(
            "{engine}, {pollers} pollers: {before:.1} and {after:.1} {} a poll",
            counter.what
        );
    }
}
