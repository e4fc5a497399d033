//! A primary of PostgreSQL dies, and its standby takes over under the same name.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;
use std::{fs, mem, thread};

use device_grant::sql::Database;
use device_grant::store::SqlStore;
use device_grant::testing::Poll;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use test_servers::{Folder, Postgres};
use tokio::time::sleep;

use crate::work::{Load, Server, Told};

/// The time for which they work before the primary dies.
const WORK: Duration = Duration::from_secs(3);

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn a_synchronous_standby_has_all_that_was_acknowledged() {
    block_on(async {
        let mut pair = Pair::start(&["synchronous_standby_names='*'"]);
        let service = pair.service().await;
        let problems = service.problems().await;
        assert!(!problems.contains("standby"), "{problems}");
        for _ in 0..3 {
            let load = Load::start(&service);
            sleep(WORK).await;
            pair.fail_over().await;
            service.until_served().await;
            let (steps, lost) = load.finish(&service).await;
            assert!(steps > 50, "{steps} steps");
            assert_eq!(lost, 0, "of {steps} steps");
        }
    });
}

/// The standby is cut off before the last step of each grant, so that what is lost is known.
#[test]
#[ignore = "long; scripts/test-long runs it"]
fn an_asynchronous_standby_takes_grants_back_by_the_last_step_and_the_check_warns_of_it() {
    block_on(async {
        let mut pair = Pair::start(&[]);
        let service = pair.service().await;
        let problems = service.problems().await;
        assert!(problems.contains("standby"), "{problems}");
        let load = Load::start(&service);
        let [approved, denied, redeemed] = [(); 3].map(|()| service.issue());
        let (approved, denied) = (approved.await.unwrap(), denied.await.unwrap());
        let redeemed = redeemed.await.unwrap();
        service.decide(&redeemed, Told::Approved).await.unwrap();
        pair.cut_off_in_step().await;
        let issued = service.issue().await.unwrap();
        service.decide(&approved, Told::Approved).await.unwrap();
        service.decide(&denied, Told::Denied).await.unwrap();
        assert_eq!(service.hear(&redeemed).await.unwrap(), Poll::Tokens);
        sleep(WORK).await;
        pair.fail_over().await;
        service.until_served().await;
        for (codes, heard) in [
            (issued, Poll::InvalidGrant),
            (approved, Poll::Pending),
            (denied, Poll::Pending),
            // A second set.
            (redeemed, Poll::Tokens),
        ] {
            assert_eq!(service.hear(&codes).await.unwrap(), heard);
        }
        let (steps, lost) = load.finish(&service).await;
        assert!(lost > 10, "{lost} grants of {steps} steps");
    });
}

/// A primary, its standby, and the name under which hosts find whichever is the primary, as by DNS or a floating address.
struct Pair {
    name: Folder,
    primary: Postgres,
    standby: Postgres,
}

impl Pair {
    fn start(settings: &[&str]) -> Self {
        let primary = Postgres::start(settings);
        let standby = primary.standby(&[]);
        let name = Folder::new();
        let pair = Self {
            name,
            primary,
            standby,
        };
        pair.give_name();
        pair
    }

    /// A service on the primary, whichever it is, once the standby follows it.
    async fn service(&self) -> Server {
        let database = Database::from(pool(self.name.path()));
        database.migrate().await.unwrap();
        let primary = pool(self.primary.folder());
        until("the standby follows", async || {
            let following = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
            let following = sqlx::query_scalar::<_, i64>(following);
            following.fetch_one(&primary).await.unwrap() == 1
        })
        .await;
        Server::on(SqlStore::new(database))
    }

    /// Waits until the standby has all that the primary has now, and lets it have no more.
    async fn cut_off_in_step(&self) {
        let [primary, standby] = [&self.primary, &self.standby].map(|server| pool(server.folder()));
        let position = "SELECT pg_current_wal_insert_lsn()::text";
        let position: String = sqlx::query_scalar(position)
            .fetch_one(&primary)
            .await
            .unwrap();
        until("the standby is in step", async || {
            let reached = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn";
            let reached = sqlx::query_scalar::<_, bool>(reached).bind(&position);
            reached.fetch_one(&standby).await.unwrap()
        })
        .await;
        for statement in [
            "ALTER SYSTEM SET primary_conninfo = ''",
            "SELECT pg_reload_conf()",
        ] {
            sqlx::raw_sql(statement).execute(&standby).await.unwrap();
        }
        until("the standby is cut off", async || {
            let receivers = "SELECT count(*) FROM pg_stat_wal_receiver";
            let receivers: i64 = sqlx::query_scalar(receivers)
                .fetch_one(&standby)
                .await
                .unwrap();
            receivers == 0
        })
        .await;
    }

    /// The primary dies, the standby takes its place and its name, and another standby follows.
    async fn fail_over(&mut self) {
        self.primary.guard.kill();
        while UnixStream::connect(self.primary.socket()).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
        self.standby.guard.promote();
        // A copy that is begun before that fails.
        let promoted = pool(self.standby.folder());
        until("the standby is the primary", async || {
            let is_primary = sqlx::query_scalar("SELECT NOT pg_is_in_recovery()");
            is_primary.fetch_one(&promoted).await.unwrap_or_default()
        })
        .await;
        promoted.close().await;
        let next = self.standby.standby(&[]);
        self.primary = mem::replace(&mut self.standby, next);
        self.give_name();
    }

    fn give_name(&self) {
        let [new, name] = ["new", ".s.PGSQL.5432"].map(|name| self.name.path().join(name));
        symlink(self.primary.socket(), &new).unwrap();
        fs::rename(new, name).unwrap();
    }
}

fn pool(folder: &Path) -> PgPool {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(folder)
        .username("postgres");
    let pool = PgPoolOptions::new().max_connections(8);
    pool.connect_lazy_with(options)
}

/// Waits until this holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_200 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(test);
}
