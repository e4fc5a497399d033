//! The disk of a store is full, a real one, while grants are led to their ends; then there is room again.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use device_grant::sql::Database;
use device_grant::store::{RedisStore, SqlStore};
use redis::aio::ConnectionManagerConfig;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use test_servers::{Folder, Postgres};
use tokio::time::sleep;

use crate::outage::{Redis, Store as _};
use crate::work::{Load, Server};

/// The time for which grants are led before the disk is full, while it is, and after.
const WORK: Duration = Duration::from_secs(2);

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn sqlite_goes_on_once_there_is_room() {
    let disk = Disk::of("8m");
    block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(disk.path().join("grants.db"))
            .create_if_missing(true);
        let database = Database::from(SqlitePool::connect_with(options).await.unwrap());
        database.migrate().await.unwrap();
        let service = Server::on(SqlStore::new(database));
        fills(&disk, &service, async || {}, || {}).await;
    });
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn postgresql_goes_on_once_there_is_room_for_its_tables() {
    let disk = Disk::of("16m");
    let server = Postgres::start(&[]);
    block_on(async {
        let pool = pool(&server);
        let tables = disk.path().join("tables");
        fs::create_dir(&tables).unwrap();
        run_as_root("chown", &["postgres".as_ref(), &tables]);
        let space = format!("CREATE TABLESPACE small LOCATION '{}'", tables.display());
        let default = "ALTER DATABASE postgres SET default_tablespace = small".to_owned();
        for statement in [space, default] {
            let statement = sqlx::raw_sql(AssertSqlSafe(statement));
            statement.execute(&pool).await.unwrap();
        }
        let service = service(&server).await;
        fills(&disk, &service, async || {}, || {}).await;
        // It is dropped before the server, which uses it.
        pool.close().await;
    });
    drop(server);
}

/// PostgreSQL ends when it cannot write its log, and has to be started again.
#[test]
#[ignore = "long; scripts/test-long runs it"]
fn postgresql_has_all_that_was_acknowledged_when_it_is_started_again_with_room_for_its_log() {
    let disk = Disk::of("64m");
    let mut server = Postgres::start_by(&[], |_, folder| {
        let (log, moved) = (folder.join("data/pg_wal"), disk.path().join("pg_wal"));
        run_as_root("mv", &[&log, &moved]);
        symlink(moved, log).unwrap();
    });
    block_on(async {
        let service = service(&server).await;
        let pool = pool(&server);
        let more = async || {
            // The next file of the log, soon.
            let next = sqlx::raw_sql("SELECT pg_switch_wal()");
            _ = next.execute(&pool).await;
        };
        fills(&disk, &service, more, || server.guard.stop_and_restart()).await;
    });
    drop(server);
}

#[test]
#[ignore = "long; scripts/test-long runs it"]
fn redis_goes_on_once_there_is_room() {
    redis("everysec");
}

/// Redis ends rather than acknowledge what it cannot keep, and has to be started again.
#[test]
#[ignore = "long; scripts/test-long runs it"]
fn redis_that_always_synchronizes_has_all_that_was_acknowledged_when_it_is_started_again() {
    redis("always");
}

fn redis(synchronizes: &'static str) {
    // Its log grows by more than the smaller disks have until they are to be full.
    let disk = Disk::of("256m");
    let mut server = Redis::start_in(disk.path().to_owned(), synchronizes, Folder::new());
    block_on(async {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_secs(5)))
            .set_number_of_retries(20);
        let client = redis::Client::open(server.url()).unwrap();
        let connection = client.get_connection_manager_with_config(config);
        let service = Server::on(RedisStore::new(connection.await.unwrap()));
        fills(
            &disk,
            &service,
            async || {},
            || {
                let has_ended = server.has_ended();
                assert_eq!(has_ended, synchronizes == "always");
                if has_ended {
                    server.crash_and_restart();
                }
            },
        )
        .await;
    });
    drop(server);
}

/// Leads grants to their ends while the disk fills, with the help of `more`, and until there is room again; `restarts` then
/// starts what has ended.
async fn fills(disk: &Disk, service: &Server, more: impl AsyncFn(), restarts: impl FnOnce()) {
    let load = Load::start(service);
    sleep(WORK).await;
    assert_eq!(load.failures(), 0, "with room");
    disk.fill();
    while load.failures() == 0 {
        more().await;
        sleep(Duration::from_millis(20)).await;
    }
    sleep(WORK).await;
    disk.free();
    restarts();
    service.until_served().await;
    sleep(WORK).await;
    let (steps, lost) = load.finish(service).await;
    assert!(steps > 20, "{steps} steps");
    assert_eq!(lost, 0, "of {steps} steps");
}

async fn service(server: &Postgres) -> Server {
    let database = Database::from(pool(server));
    database.migrate().await.unwrap();
    Server::on(SqlStore::new(database))
}

fn pool(server: &Postgres) -> PgPool {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(server.folder())
        .username("postgres");
    let pool = PgPoolOptions::new().max_connections(8);
    pool.connect_lazy_with(options)
}

/// A small file system in memory, unmounted when this is dropped.
struct Disk(Folder);

impl Disk {
    fn of(size: &str) -> Self {
        let disk = Self(Folder::new());
        let options = format!("size={size}");
        let options = ["-t", "tmpfs", "-o", &options, "tmpfs"].map(Path::new);
        run_as_root("mount", &[&options[..], &[disk.path()]].concat());
        // Servers run as users of their own.
        let all = fs::Permissions::from_mode(0o777);
        fs::set_permissions(disk.path(), all).unwrap();
        disk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        while filler.write(&[0; 4_096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run_as_root("umount", &["--lazy".as_ref(), self.path()]);
    }
}

fn run_as_root(program: &str, arguments: &[&Path]) {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = if is_root {
        Command::new(program)
    } else {
        let mut command = Command::new("sudo");
        command.arg("-n").arg(program);
        command
    };
    let ran = command.args(arguments).status();
    let has_run = ran.is_ok_and(|ran| ran.success());
    assert!(
        has_run,
        "this test needs root, or sudo without a password, for `{program}`"
    );
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(async {
        let longest = Duration::from_secs(300);
        tokio::time::timeout(longest, test).await
    });
    ended.expect("this does not come to an end");
}
