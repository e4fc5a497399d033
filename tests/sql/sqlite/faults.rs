use device_grant::grant::{Holder, Pacing, Stored};
use device_grant::host::{GrantStore, Insertion, Replaced};
use device_grant::store::SqliteStore;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use test_servers::Folder;

use super::{Sqlite, open, options};
use crate::advice::{assert_lasting, assert_passing};
use crate::clauses::harness::{FORGET, approved, at, grant, id, insert, race, revision, stored};
use crate::executor::block_on;

#[test]
fn a_database_that_another_writer_locks_is_a_passing_failure() {
    let sqlite = Sqlite::new();
    let next = Stored::new(approved(&grant(1)), revision(2));
    block_on(async {
        insert(&sqlite.store, &stored(1)).await;
        let other = sqlite.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let error = sqlite.store.replace(revision(1), &next).await.unwrap_err();
        assert_passing(&error, "locked by another writer");
        assert!(
            sqlite.store.find(&id(1)).await.unwrap().is_some(),
            "reading goes on"
        );
        other.rollback().await.unwrap();
        let replaced = sqlite.store.replace(revision(1), &next).await.unwrap();
        assert_eq!(replaced, Replaced::Won);
    });
}

#[test]
fn a_full_disk_is_a_passing_failure_and_purging_ends_it() {
    let sqlite = Sqlite::new();
    let small = sqlite.again(|options| options.pragma("max_page_count", "30"));
    block_on(async {
        let mut number = 0;
        let error = loop {
            number += 1;
            match small.insert(&stored(number)).await {
                Ok(inserted) => assert_eq!(inserted, Insertion::Inserted),
                Err(error) => break error,
            }
        };
        assert_passing(&error, "disk is full");
        assert!(small.find(&id(number - 1)).await.unwrap().is_some());
        assert_eq!(small.find(&id(number)).await.unwrap(), None);
        assert!(small.purge(at(FORGET), 1_000).await.unwrap() > 0);
        insert(&small, &stored(number)).await;
    });
}

#[test]
fn a_read_only_database_says_so() {
    let sqlite = Sqlite::new();
    let reading = sqlite.again(|options| options.read_only(true));
    block_on(async {
        assert_passing(&reading.check().await.unwrap_err(), "database is read-only");
        let error = reading.insert(&stored(1)).await.unwrap_err();
        assert_passing(&error, "database is read-only");
    });
}

#[test]
fn missing_tables_say_what_to_do() {
    let sqlite = Sqlite::empty();
    block_on(async {
        assert_lasting(&sqlite.store.check().await.unwrap_err(), "call `migrate`");
        let error = sqlite.store.find(&id(1)).await.unwrap_err();
        assert_lasting(&error, "call `migrate`");
    });
}

#[test]
fn a_file_that_is_not_there_says_so() {
    let folder = Folder::new();
    let store = SqliteStore::new(open(options(&folder)));
    assert_passing(&block_on(store.check()).unwrap_err(), "is the file there");
}

#[test]
fn a_file_that_is_no_database_is_a_lasting_failure() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("grants.sqlite"), "x".repeat(5_000)).unwrap();
    let store = SqliteStore::new(open(options(&folder)));
    let error = block_on(store.migrate()).unwrap_err();
    assert_lasting(&error, "no SQLite database: is the path right?");
}

#[test]
fn a_file_that_is_damaged_says_so() {
    let sqlite = Sqlite::new();
    block_on(async {
        for number in 0..200 {
            insert(&sqlite.store, &stored(number)).await;
        }
        let checkpoint = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint.execute(&sqlite.pool).await.unwrap();
    });
    let path = sqlite.folder.path().join("grants.sqlite");
    let mut file = std::fs::read(&path).unwrap();
    // Behind the first page, which holds the schema.
    file[4_096..].fill(0xff);
    let damaged = Folder::new();
    std::fs::write(damaged.path().join("grants.sqlite"), file).unwrap();
    let store = SqliteStore::new(open(options(&damaged)));
    let error = block_on(store.find(&id(1))).unwrap_err();
    assert_lasting(&error, "damaged: restore it");
}

#[test]
fn a_database_that_cannot_be_in_wal_mode_says_so() {
    // Without a name it is a temporary file.
    let pool = open(SqliteConnectOptions::new().filename(""));
    let error = block_on(SqliteStore::new(pool).migrate()).unwrap_err();
    assert_lasting(&error, "a file on a local disk");
}

#[test]
fn tables_of_another_version_say_what_to_do() {
    let sqlite = Sqlite::new();
    block_on(sqlite.store.check()).unwrap();
    sqlite.execute("UPDATE device_schema SET version = version + 1");
    let error = block_on(sqlite.store.check()).unwrap_err();
    assert_lasting(&error, "update it on this node");
    assert_lasting(
        &block_on(sqlite.store.migrate()).unwrap_err(),
        "update it on this node",
    );
    sqlite.execute("UPDATE device_schema SET version = 0");
    assert_lasting(
        &block_on(sqlite.store.check()).unwrap_err(),
        "call `migrate`",
    );
}

#[test]
fn a_journal_mode_in_which_readers_block_says_what_to_do() {
    let sqlite = Sqlite::new();
    let other = sqlite.again(|options| options.pragma("journal_mode", "DELETE"));
    drop(sqlite.store);
    block_on(sqlite.pool.close());
    assert_lasting(
        &block_on(other.check()).unwrap_err(),
        "PRAGMA journal_mode = WAL",
    );
}

#[test]
fn a_record_of_a_newer_version_is_refused_and_left_as_it_is() {
    let sqlite = Sqlite::new();
    let store = &sqlite.store;
    let row = "SELECT json_array(record, record_version, last_accepted, paced) FROM device_grants WHERE record_version = 2";
    block_on(insert(store, &stored(1)));
    sqlite.execute(r#"UPDATE device_grants SET record_version = 2, record = '{"v":2,"x":1}'"#);
    block_on(async {
        insert(store, &stored(2)).await;
        let before: String = sqlx::query_scalar(row)
            .fetch_one(&sqlite.pool)
            .await
            .unwrap();
        assert_lasting(&store.find(&id(1)).await.unwrap_err(), "version 2");
        let (holder, pacing) = (Holder::new("tv"), Pacing::default());
        let polled = store.record_poll(&id(1), &holder, at(1), &pacing).await;
        assert_lasting(&polled.unwrap_err(), "version 2");
        let after: String = sqlx::query_scalar(row)
            .fetch_one(&sqlite.pool)
            .await
            .unwrap();
        assert_eq!(before, after);
        assert!(store.find(&id(2)).await.unwrap().is_some());
    });
}

#[test]
fn two_processes_share_a_database() {
    let sqlite = Sqlite::new();
    let other = sqlite.again(|options| options.busy_timeout(std::time::Duration::from_secs(20)));
    let one = sqlite.again(|options| options.busy_timeout(std::time::Duration::from_secs(20)));
    for round in 0..20 {
        block_on(insert(&one, &stored(round)));
        let won = race(|racer| {
            let store = if racer % 2 == 0 { &one } else { &other };
            let next = Stored::new(approved(&grant(round)), revision(1_000 + racer));
            block_on(store.replace(revision(round), &next)).unwrap() == Replaced::Won
        });
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    }
}

#[test]
fn a_closed_pool_closes_the_store() {
    let sqlite = Sqlite::new();
    block_on(sqlite.pool.close());
    let error = block_on(sqlite.store.insert(&stored(1))).unwrap_err();
    assert_passing(&error, "cannot be reached");
}

#[test]
fn a_prefix_keeps_hosts_apart() {
    let pool = block_on(SqlitePool::connect("sqlite::memory:")).unwrap();
    let one = SqliteStore::new(pool.clone());
    let other = SqliteStore::new(pool).table_prefix("other_").unwrap();
    block_on(async {
        one.migrate().await.unwrap();
        other.migrate().await.unwrap();
        insert(&one, &stored(1)).await;
        assert_eq!(other.find(&id(1)).await.unwrap(), None);
    });
}

#[test]
fn migrating_twice_changes_nothing() {
    let sqlite = Sqlite::new();
    block_on(async {
        insert(&sqlite.store, &stored(1)).await;
        sqlite.store.migrate().await.unwrap();
        assert!(sqlite.store.find(&id(1)).await.unwrap().is_some());
    });
}
