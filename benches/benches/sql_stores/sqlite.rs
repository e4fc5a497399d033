use std::sync::Arc;

use device_grant::code::GrantId;
use device_grant::host::{Clock, GrantStore, PollRecord};
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use device_grant_benches::timing::now;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqlSafeStr, SqlStr, SqlitePool};
use test_servers::Folder;

use crate::executor::block_on;
use crate::grants::{self, Anytime, usual};
use crate::polls::{Random, polls};
use crate::series::{Series, row};
use crate::statement::poll_of;
use crate::{CALLS, COUNTED, ROUNDS, SIZES, TIME};

pub(crate) fn measure(polls: bool) {
    bytes();
    if !polls {
        return;
    }
    let few = File::with(SIZES[0]);
    let many = File::with(SIZES[1]);
    few.round(&mut Round::default());
    let (mut of_few, mut of_many) = (Round::default(), Round::default());
    let (mut growth, mut bare_growth) = (Series::default(), Series::default());
    for round in 1..=ROUNDS {
        let (cheap, bare_cheap) = few.round(&mut of_few);
        let (dear, bare_dear) = many.round(&mut of_many);
        growth.push(cheap / dear);
        bare_growth.push(bare_cheap / bare_dear);
        eprintln!("SQLite: round {round} of {ROUNDS}");
    }
    of_few.print(SIZES[0]);
    of_many.print(SIZES[1]);
    let to = format!("among {} grants to one among {}", SIZES[1], SIZES[0]);
    growth.ratios(&format!("SQLite: cost of a poll {to}"));
    bare_growth.ratios(&format!("SQLite: the same in the bare loop, {to}"));
}

/// A database with so many grants.
struct File {
    store: Arc<SqlStore>,
    options: SqliteConnectOptions,
    ids: Arc<[GrantId]>,
    _folder: Folder,
}

#[derive(Default)]
struct Round {
    many_at_a_time: Series,
    ours: Series,
    bare: Series,
    ratio: Series,
}

impl Round {
    fn print(&self, size: i32) {
        self.many_at_a_time.numbers(&format!(
            "SQLite: polls a second, {CALLS} at a time, among {size} grants"
        ));
        self.ours.numbers(&format!(
            "SQLite: polls a second, one at a time, among {size} grants"
        ));
        self.bare.numbers(&format!(
            "SQLite: the statement in a bare loop, among {size} grants"
        ));
        self.ratio.ratios("SQLite: ratio with one poll at a time");
    }
}

impl File {
    fn with(size: i32) -> Self {
        let (folder, options) = place();
        let pool = open(&options);
        let database = Database::from(pool.clone());
        let store = SqlStore::new(database.clone()).with_clock(Anytime::default());
        let store = Arc::new(store);
        let ids = block_on(async {
            database.migrate().await.unwrap();
            fill(&pool, &store, size).await
        });
        Self {
            store,
            options,
            ids,
            _folder: folder,
        }
    }

    /// Measures the store and a bare loop in turn; how many polls a second it were through each.
    fn round(&self, round: &mut Round) -> (f64, f64) {
        let poll = |calls| block_on(polls(calls, self.store.clone(), &self.ids));
        let ours = poll(1);
        let bare = bare_loop(
            poll_of(Database::sqlite),
            self.options.clone(),
            Arc::clone(&self.ids),
        );
        let bare = block_on(async { tokio::spawn(bare).await.unwrap() });
        round.ours.push(ours);
        round.bare.push(bare);
        round.ratio.push(ours / bare);
        round.many_at_a_time.push(poll(CALLS));
        (ours, bare)
    }
}

/// The same statement on a connection that does nothing else, one after the other.
async fn bare_loop(poll: String, options: SqliteConnectOptions, ids: Arc<[GrantId]>) -> f64 {
    let options = options.synchronous(SqliteSynchronous::Normal);
    let mut connection = options.connect().await.unwrap();
    let (mut random, clock) = (Random(1), Anytime::default());
    let statement: SqlStr = AssertSqlSafe(poll).into_sql_str();
    let mut polls = 0;
    let end = now() + TIME;
    while now() < end {
        let id = ids[random.below(ids.len())];
        let poll = PollRecord::new(id);
        let query = sqlx::query(statement.clone())
            .bind(clock.now().as_micros())
            .bind(id.as_bytes().to_vec())
            .bind(i64::try_from(poll.twin_within.as_micros()).unwrap())
            .bind(i64::try_from(poll.set_back_beyond.as_micros()).unwrap())
            .bind(i64::from(poll.step))
            .bind(i64::from(poll.longest));
        let rows = query.fetch_all(&mut connection).await.unwrap();
        assert_eq!(rows.len(), 1);
        polls += 1;
    }
    f64::from(polls) / TIME.as_secs_f64()
}

/// Inserts one grant through the store, and the others as copies of it under other ids and codes.
async fn fill(pool: &SqlitePool, store: &SqlStore, size: i32) -> Arc<[GrantId]> {
    let _ = store.insert(&usual(0)).await.unwrap();
    let copies = format!(
        "CREATE TEMP TABLE copies AS
         WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {size})
         SELECT g.*, i FROM numbers, device_grants AS g;
         UPDATE copies SET id = randomblob(16), user_code = randomblob(16), revision = random(), forget_at = forget_at + i;
         ALTER TABLE copies DROP COLUMN i;
         DELETE FROM device_grants;
         INSERT INTO device_grants SELECT * FROM copies;
         DROP TABLE copies;
         ANALYZE;
         PRAGMA wal_checkpoint(TRUNCATE)"
    );
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(copies))
        .execute(&mut *connection)
        .await
        .unwrap();
    let ids = sqlx::query("SELECT id FROM device_grants")
        .fetch_all(&mut *connection)
        .await;
    let ids = ids.unwrap().into_iter().map(|row| {
        let id: Vec<u8> = row.get(0);
        GrantId::from_bytes(id.try_into().unwrap())
    });
    ids.collect()
}

/// Counts the bytes of grants as they came in one by one, and once the file is vacuumed.
fn bytes() {
    let (_folder, options) = place();
    let pool = open(&options);
    let database = Database::from(pool.clone());
    let store = SqlStore::new(database.clone());
    block_on(async {
        database.migrate().await.unwrap();
        grants::insert(Arc::new(store), COUNTED, 1).await;
        for (name, sql) in [
            ("as they came in", "PRAGMA wal_checkpoint(TRUNCATE)"),
            ("after VACUUM", "VACUUM"),
        ] {
            sqlx::raw_sql(sql).execute(&pool).await.unwrap();
            let sizes = "SELECT 'with indexes', sum(pgsize) FROM dbstat
                UNION ALL SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE '%grants%' GROUP BY name";
            let sizes = sqlx::query_as::<_, (String, i64)>(sizes);
            for (part, size) in sizes.fetch_all(&pool).await.unwrap() {
                row(
                    &format!("SQLite: bytes per pending grant, {part}, {name}"),
                    size / i64::try_from(COUNTED).unwrap(),
                );
            }
        }
    });
}

fn place() -> (Folder, SqliteConnectOptions) {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("grants.sqlite"))
        .create_if_missing(true);
    (folder, options)
}

fn open(options: &SqliteConnectOptions) -> SqlitePool {
    let options = options.clone();
    block_on(async { SqlitePoolOptions::new().connect_lazy_with(options) })
}
