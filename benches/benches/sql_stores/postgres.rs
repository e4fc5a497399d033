use std::process::Command;
use std::sync::Arc;

use device_grant::code::GrantId;
use device_grant::host::GrantStore;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool, Row};
use test_servers::{Folder, Postgres};

use crate::executor::block_on;
use crate::grants::{self, Anytime, ISSUED, POLLED, usual};
use crate::polls::polls;
use crate::series::{Series, row};
use crate::statement::poll_of;
use crate::{CALLS, CONNECTIONS, COUNTED, ROUNDS, SIZES, TIME};

pub(crate) fn measure(polls: bool) {
    let server = Postgres::start(&["shared_buffers=1GB", "max_wal_size=4GB"]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false);
    let pool = block_on(async { pool.connect_lazy_with(options(&server)) });
    block_on(bytes(&pool));
    if !polls {
        return;
    }
    let few = Tables::new(&server, &pool, "few_", SIZES[0]);
    let many = Tables::new(&server, &pool, "many_", SIZES[1]);
    block_on(execute(&pool, "CHECKPOINT".to_owned()));
    few.round(&mut Round::default());
    let (mut of_few, mut of_many) = (Round::default(), Round::default());
    let mut growth = Series::default();
    for round in 1..=ROUNDS {
        let cheap = few.round(&mut of_few);
        let dear = many.round(&mut of_many);
        growth.push(cheap / dear);
        eprintln!("PostgreSQL: round {round} of {ROUNDS}");
    }
    of_few.print(SIZES[0]);
    of_many.print(SIZES[1]);
    growth.ratios(&format!(
        "PostgreSQL: cost of a poll among {} grants to one among {}",
        SIZES[1], SIZES[0]
    ));
}

/// Tables with so many grants.
struct Tables<'a> {
    server: &'a Postgres,
    store: Arc<SqlStore>,
    ids: Arc<[GrantId]>,
    prefix: &'static str,
    size: i32,
}

#[derive(Default)]
struct Round {
    ours: Series,
    ours_without_a_queue: Series,
    bare: Series,
    ratio: Series,
    ratio_without_a_queue: Series,
}

impl Round {
    fn print(&self, size: i32) {
        let on = format!("on {CONNECTIONS} connections among {size} grants");
        self.ours.numbers(&format!(
            "PostgreSQL: polls a second, {CALLS} at a time, {on}"
        ));
        self.ours_without_a_queue.numbers(&format!(
            "PostgreSQL: polls a second, {CONNECTIONS} at a time, {on}"
        ));
        self.bare
            .numbers(&format!("PostgreSQL: the statement by pgbench, {on}"));
        self.ratio
            .ratios(&format!("PostgreSQL: ratio with {CALLS} polls at a time"));
        self.ratio_without_a_queue.ratios(&format!(
            "PostgreSQL: ratio with {CONNECTIONS} polls at a time"
        ));
    }
}

impl<'a> Tables<'a> {
    fn new(server: &'a Postgres, pool: &PgPool, prefix: &'static str, size: i32) -> Self {
        let database = Database::from(pool.clone());
        let database = database.with_table_prefix(prefix).unwrap();
        let store = SqlStore::new(database.clone()).with_clock(Anytime::default());
        let store = Arc::new(store);
        let ids = block_on(async {
            database.migrate().await.unwrap();
            fill(pool, &store, prefix, size).await
        });
        Self {
            server,
            store,
            ids,
            prefix,
            size,
        }
    }

    /// Measures the store and a bare client in turn; how many polls a second it were through the store.
    fn round(&self, round: &mut Round) -> f64 {
        let poll = |calls| block_on(polls(calls, self.store.clone(), &self.ids));
        let ours = poll(CALLS);
        let bare = self.pgbench();
        let without_a_queue = poll(usize::try_from(CONNECTIONS).unwrap());
        round.ours.push(ours);
        round.bare.push(bare);
        round.ratio.push(ours / bare);
        round.ours_without_a_queue.push(without_a_queue);
        round.ratio_without_a_queue.push(without_a_queue / bare);
        ours
    }

    /// The poll's statement, from a client that does nothing else, on as many connections.
    fn pgbench(&self) -> f64 {
        let folder = Folder::new();
        let script = folder.path().join("poll.sql");
        std::fs::write(&script, self.script()).unwrap();
        let output = Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-j", "2", "-U", "postgres"])
            .args(["-c", &CONNECTIONS.to_string()])
            .args(["-T", &TIME.as_secs().to_string()])
            .arg("-h")
            .arg(self.server.folder())
            .arg("-f")
            .arg(&script)
            .arg("postgres")
            .output()
            .expect("pgbench comes with PostgreSQL");
        let text = String::from_utf8(output.stdout).unwrap();
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|tps| tps.split(' ').next()?.parse().ok());
        tps.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    }

    fn script(&self) -> String {
        let statement = poll_of(Database::postgres)
            .replace('\n', " ")
            .replace("device_", self.prefix)
            .replace("$1", ":now::bigint")
            .replace("$2", "uuid_send(md5((:i)::text)::uuid)")
            .replace("$3", "1000000::bigint")
            .replace("$4", "1000000::bigint")
            .replace("$5", "5::bigint")
            .replace("$6", "60::bigint");
        let (size, first) = (self.size, ISSUED + 10_000_000);
        let last = first + POLLED;
        format!("\\set i random(1, {size})\n\\set now random({first}, {last})\n{statement};\n")
    }
}

/// Inserts one grant through the store, and the others as copies of it under other ids and codes.
async fn fill(pool: &PgPool, store: &SqlStore, prefix: &str, size: i32) -> Arc<[GrantId]> {
    let _ = store.insert(&usual(0)).await.unwrap();
    let copies = format!(
        "INSERT INTO {prefix}grants
         SELECT (copy).* FROM (
             SELECT jsonb_populate_record(g, jsonb_build_object('id', md5(i::text)::uuid, 'revision', i,
                 'forget_at', g.forget_at + i, 'user_code', md5('code' || i)::uuid)) AS copy
             FROM {prefix}grants AS g, generate_series(1, {size}) AS i) AS copies"
    );
    execute(pool, copies).await;
    execute(
        pool,
        format!("DELETE FROM {prefix}grants WHERE revision = 0"),
    )
    .await;
    execute(pool, format!("VACUUM ANALYZE {prefix}grants")).await;
    let ids = format!("SELECT uuid_send(id) FROM {prefix}grants");
    let ids = sqlx::query(AssertSqlSafe(ids)).fetch_all(pool).await;
    let ids = ids.unwrap().into_iter().map(|row| {
        let id: Vec<u8> = row.get(0);
        GrantId::from_bytes(id.try_into().unwrap())
    });
    ids.collect()
}

/// Counts the bytes of grants as they came in one by one, and after each was polled.
async fn bytes(pool: &PgPool) {
    let database = Database::from(pool.clone());
    let database = database.with_table_prefix("bytes_").unwrap();
    database.migrate().await.unwrap();
    grants::insert(Arc::new(SqlStore::new(database)), COUNTED, 32).await;
    execute(pool, "VACUUM bytes_grants".to_owned()).await;
    let sizes = "SELECT 'with indexes', pg_total_relation_size('bytes_grants')
        UNION ALL SELECT 'the table', pg_table_size('bytes_grants')
        UNION ALL SELECT indexrelid::regclass::text, pg_relation_size(indexrelid)
        FROM pg_index WHERE indrelid = 'bytes_grants'::regclass";
    let sizes = sqlx::query_as::<_, (String, i64)>(sizes);
    for (name, size) in sizes.fetch_all(pool).await.unwrap() {
        row(
            &format!("PostgreSQL: bytes per pending grant, {name}"),
            size / i64::try_from(COUNTED).unwrap(),
        );
    }
    execute(pool, "DROP TABLE bytes_grants".to_owned()).await;
}

fn options(server: &Postgres) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(server.folder())
        .username("postgres")
        .database("postgres")
}

async fn execute(pool: &PgPool, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(pool)
        .await
        .unwrap();
}
