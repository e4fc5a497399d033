//! Tools that keep a host's schema create the tables of `device-grant` beside its own, as docs/operations.md says.

use std::fs;
use std::path::Path;
use std::time::Duration;

use deadpool_postgres::{Manager, Pool};
use device_grant::host::{Client, Redemption, Terms, issuer_fn};
use device_grant::limiter::SqlLimiter;
use device_grant::message::TokenResponse;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use device_grant::{
    DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest, PollOutcome, code::CodeKeys,
};
use refinery::{Migration, Runner};
use sqlx_08::migrate::{Migrate, Migrator};
use sqlx_08::mysql::MySqlConnectOptions;
use sqlx_08::postgres::PgConnectOptions;
use sqlx_08::sqlite::SqliteConnectOptions;
use sqlx_08::{MySqlPool, PgPool, SqlitePool};
use test_servers::{Folder, MariaDb, Postgres};
use tokio_postgres::{Config, NoTls};

type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The host's own migrations, before and after that of this crate.
const ACCOUNTS: &str = "CREATE TABLE accounts (id bigint PRIMARY KEY)";
const NAMES: &str = "ALTER TABLE accounts ADD COLUMN name varchar(80)";

#[tokio::test]
async fn sqlx_keeps_the_tables_on_postgresql() -> Fallible {
    let server = Postgres::start(&[]);
    let options = PgConnectOptions::new_without_pgpass()
        .socket(server.folder())
        .username("postgres");
    by_sqlx(PgPool::connect_with(options).await?).await
}

#[tokio::test]
async fn sqlx_keeps_the_tables_on_mariadb() -> Fallible {
    let server = MariaDb::start(&[]);
    let options = MySqlConnectOptions::new()
        .socket(server.socket())
        .username("root")
        .database("mysql");
    by_sqlx(MySqlPool::connect_with(options).await?).await
}

#[tokio::test]
async fn sqlx_keeps_the_tables_on_sqlite() -> Fallible {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("grants.db"))
        .create_if_missing(true);
    by_sqlx(SqlitePool::connect_with(options).await?).await
}

/// Follows the documentation with a folder of migrations, as `sqlx migrate run` and `migrate!` have it.
async fn by_sqlx<D: sqlx_08::Database>(pool: sqlx_08::Pool<D>) -> Fallible
where
    D::Connection: Migrate,
    Database: From<sqlx_08::Pool<D>>,
{
    let migrations = Folder::new();
    let migrations = migrations.path();
    fs::write(migrations.join("0001_accounts.sql"), ACCOUNTS)?;
    Migrator::new(migrations).await?.run(&pool).await?;

    let database = Database::from(pool.clone()).with_table_prefix("sign_in_")?;
    write_file(&database, migrations)?;
    fs::write(migrations.join("0003_names.sql"), NAMES)?;
    Migrator::new(migrations).await?.run(&pool).await?;

    serves(database).await?;
    // Nothing has changed a file or a table that the tool looks at.
    Ok(Migrator::new(migrations).await?.run(&pool).await?)
}

fn write_file(database: &Database, migrations: &Path) -> Fallible {
    let [sql] = &database.migrations()[..] else {
        return Err("this version has another migration: give it a file, too".into());
    };
    fs::write(migrations.join("0002_device_grant_1.sql"), sql)?;
    Ok(())
}

#[tokio::test]
async fn refinery_keeps_the_tables_on_postgresql() -> Fallible {
    let server = Postgres::start(&[]);
    let mut config = Config::new();
    config.host_path(server.folder()).user("postgres");
    let pool = Pool::builder(Manager::new(config, NoTls)).build()?;
    let database = Database::from(pool.clone());
    for _ in 0..2 {
        by_refinery(&database, &pool).await?;
    }
    serves(database).await
}

async fn by_refinery(database: &Database, pool: &Pool) -> Fallible {
    let mut migrations = vec![Migration::unapplied("V1__accounts", ACCOUNTS)?];
    for (number, sql) in (1..).zip(database.migrations()) {
        let name = format!("V{}__device_grant_{number}", number + 1);
        migrations.push(Migration::unapplied(&name, &sql)?);
    }
    let mut client = pool.get().await?;
    Runner::new(&migrations)
        .run_async(&mut **client.as_mut())
        .await?;
    Ok(())
}

/// Asserts that the tables are what a server needs.
async fn serves(database: Database) -> Fallible {
    database.migrate().await?;
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
    });
    let grants = DeviceGrants::builder("https://id.example.com", issuer)
        .verification_uri("https://id.example.com/activate")
        .store(SqlStore::new(database.clone()))
        .limiter(SqlLimiter::new(database))
        .keys(CodeKeys::from_bytes([[7; 32]])?)
        .build()?;
    let problems = grants.check().await;
    let stops = problems.iter().find(|problem| problem.stops_service());
    assert!(stops.is_none(), "{stops:?}");
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse()?));
    let request = DeviceAuthorizationRequest::from_pairs([("client_id", "tv")])?;
    let codes = grants.authorize(&tv, request).await?;
    let form = [
        ("grant_type", DeviceTokenRequest::GRANT_TYPE),
        ("device_code", &*codes.device_code),
    ];
    let poll = DeviceTokenRequest::from_pairs(form)?;
    let outcome = grants.poll(&tv, poll).await?;
    assert!(matches!(outcome, PollOutcome::Pending), "{outcome:?}");
    Ok(())
}

#[test]
fn the_documentation_says_what_is_done_here() {
    let documentation = include_str!("../../../../docs/operations.md");
    let here = dedented(include_str!("migrating.rs"));
    let snippets: Vec<&str> = documentation.split("```rs\n").skip(1).collect();
    assert_eq!(snippets.len(), 2);
    for snippet in snippets {
        let snippet = dedented(snippet.split("```").next().unwrap());
        assert!(here.contains(&snippet), "{snippet}");
    }
}

fn dedented(code: &str) -> String {
    code.lines()
        .map(|line| line.trim().to_owned() + "\n")
        .collect()
}
