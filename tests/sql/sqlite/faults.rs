use std::thread;
use std::time::Duration;

use device_grant::PollOutcome;
use device_grant::host::{GrantStore, PollRecord};
use device_grant::store::SqlStore;
use device_grant::testing::ManualClock;
use test_servers::Folder;

use super::drivers::Driver;
use super::{File, Sqlite};
use crate::advice::{assert_lasting, assert_passing};
use crate::clauses::harness::{FORGET, Shape, id, insert, new_row, race, row};
use crate::executor::block_on;
use crate::flow;

on_each_driver!(
    a_database_that_another_writer_locks_is_a_passing_failure,
    a_full_disk_is_a_passing_failure_and_purging_ends_it,
    a_read_only_database_says_so,
    missing_tables_say_what_to_do,
    a_file_that_is_not_there_says_so,
    a_file_that_is_no_database_is_a_lasting_failure,
    a_file_that_is_damaged_says_so,
    a_database_that_cannot_be_in_wal_mode_says_so,
    tables_of_another_version_say_what_to_do,
    tables_that_a_newer_version_has_migrated_are_used_if_it_says_so,
    a_journal_mode_in_which_readers_block_says_what_to_do,
    a_column_that_cannot_be_read_is_named_and_no_other_grant_is_harmed,
    a_body_of_a_newer_version_is_refused_and_left_as_it_is,
    two_processes_share_a_database,
    a_prefix_keeps_hosts_apart,
    migrating_twice_changes_nothing,
);

fn a_database_that_another_writer_locks_is_a_passing_failure<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let next = Shape::approved().over(&row(1), 2);
    block_on(async {
        insert(&sqlite.store, &new_row(1)).await;
        let other = sqlite.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let error = sqlite.store.replace(&next).await.unwrap_err();
        assert_passing(&error, "locked by another writer");
        assert!(
            sqlite.store.find(&id(1)).await.unwrap().is_some(),
            "reading goes on"
        );
        other.rollback().await.unwrap();
        let replaced = sqlite.store.replace(&next).await.unwrap();
        assert!(replaced);
    });
}

fn a_full_disk_is_a_passing_failure_and_purging_ends_it<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let clock = ManualClock::new();
    let small = sqlite.again::<D>(|file| file.pragmas.push(("max_page_count", "30")));
    let small = small.with_clock(clock.clone());
    block_on(async {
        let mut number = 0;
        let error = loop {
            number += 1;
            match small.insert(&new_row(number)).await {
                Ok(inserted) => assert_ne!(inserted, None),
                Err(error) => break error,
            }
        };
        assert_passing(&error, "disk is full");
        assert!(small.find(&id(number - 1)).await.unwrap().is_some());
        assert_eq!(small.find(&id(number)).await.unwrap(), None);
        clock.advance(Duration::from_secs(FORGET.unsigned_abs()));
        assert!(small.purge(1_000).await.unwrap() > 0);
        insert(&small, &new_row(number)).await;
    });
}

fn a_read_only_database_says_so<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let reading = sqlite.again::<D>(|file| file.is_read_only = true);
    block_on(async {
        assert_passing(&reading.check().await.unwrap_err(), "database is read-only");
        let error = reading.insert(&new_row(1)).await.unwrap_err();
        assert_passing(&error, "database is read-only");
    });
}

fn missing_tables_say_what_to_do<D: Driver>() {
    let sqlite = Sqlite::empty::<D>();
    block_on(async {
        assert_lasting(&sqlite.store.check().await.unwrap_err(), "call `migrate`");
        let error = sqlite.store.find(&id(1)).await.unwrap_err();
        assert_lasting(&error, "call `migrate`");
    });
}

fn a_file_that_is_not_there_says_so<D: Driver>() {
    let folder = Folder::new();
    let store = SqlStore::new(D::database(&File::in_folder(&folder)));
    assert_passing(&block_on(store.check()).unwrap_err(), "is the file there");
}

fn a_file_that_is_no_database_is_a_lasting_failure<D: Driver>() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("grants.sqlite"), "x".repeat(5_000)).unwrap();
    let database = D::database(&File::in_folder(&folder));
    let error = block_on(database.migrate()).unwrap_err();
    assert_lasting(&error, "no SQLite database: is the path right?");
}

fn a_file_that_is_damaged_says_so<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    block_on(async {
        for number in 0..200 {
            insert(&sqlite.store, &new_row(number)).await;
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
    let store = SqlStore::new(D::database(&File::in_folder(&damaged)));
    let error = block_on(store.find(&id(1))).unwrap_err();
    assert_lasting(&error, "damaged: restore it");
}

fn a_database_that_cannot_be_in_wal_mode_says_so<D: Driver>() {
    // Without a name it is a temporary file.
    let error = block_on(D::database(&File::at("".into())).migrate()).unwrap_err();
    assert_lasting(&error, "a file on a local disk");
}

fn tables_of_another_version_say_what_to_do<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    block_on(sqlite.store.check()).unwrap();
    sqlite.execute("INSERT INTO device_schema (version, readable_since) VALUES (2, 2)");
    let error = block_on(sqlite.store.check()).unwrap_err();
    assert_lasting(&error, "update it on this node");
    assert_lasting(
        &block_on(sqlite.database.migrate()).unwrap_err(),
        "update it on this node",
    );
    sqlite.execute("DELETE FROM device_schema");
    assert_lasting(
        &block_on(sqlite.store.check()).unwrap_err(),
        "call `migrate`",
    );
}

fn tables_that_a_newer_version_has_migrated_are_used_if_it_says_so<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    sqlite.execute("INSERT INTO device_schema (version, readable_since) VALUES (2, 1)");
    sqlite.execute("ALTER TABLE device_grants ADD COLUMN later INTEGER");
    block_on(async {
        sqlite.store.check().await.unwrap();
        sqlite.database.migrate().await.unwrap();
        insert(&sqlite.store, &new_row(1)).await;
        assert!(sqlite.store.find(&id(1)).await.unwrap().is_some());
    });
}

fn a_journal_mode_in_which_readers_block_says_what_to_do<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let other = sqlite.again::<D>(|file| file.pragmas.push(("journal_mode", "DELETE")));
    drop((sqlite.store, sqlite.database));
    block_on(sqlite.pool.close());
    // The drivers close a connection on a thread of its own, and until all are closed nobody can change the mode. The log is no
    // sign of that: of two that close at once, neither removes it.
    let mut answers = (0..60_000).map(|_| {
        thread::sleep(Duration::from_millis(1));
        block_on(other.check()).unwrap_err()
    });
    let refused = answers.find(|answer| !answer.is_retryable()).unwrap();
    assert_lasting(&refused, "PRAGMA journal_mode = WAL");
}

fn a_column_that_cannot_be_read_is_named_and_no_other_grant_is_harmed<D: Driver>() {
    for (change, name) in [
        ("user_code = x'00'", "user_code"),
        ("issuer = x'ff'", "issuer"),
        ("client_id = x'ff'", "client_id"),
        ("subject = x'ff'", "subject"),
        ("is_pending = 2", "is_pending"),
        (
            "told_interval = -6, last_accepted = issued_at",
            "told_interval",
        ),
    ] {
        let sqlite = Sqlite::new::<D>();
        let store = &sqlite.store;
        block_on(insert(store, &new_row(1)));
        let change = format!("UPDATE device_grants SET had_twin = 1, {change}");
        let change = sqlx::raw_sql(sqlx::AssertSqlSafe(change));
        block_on(change.execute(&sqlite.pool)).unwrap();
        block_on(async {
            insert(store, &new_row(2)).await;
            let polled = store.record_poll(&PollRecord::new(id(1))).await;
            assert_lasting(&polled.unwrap_err(), &format!("column {name} "));
            assert!(store.find(&id(2)).await.unwrap().is_some(), "{name}");
        });
    }
}

fn a_body_of_a_newer_version_is_refused_and_left_as_it_is<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let node = flow::node(sqlite.store.clone());
    let body = || sqlx::query_scalar::<_, Vec<u8>>("SELECT body FROM device_grants LIMIT 1");
    block_on(async {
        let device = flow::authorize(&node).await.unwrap();
        let change = sqlx::raw_sql(r#"UPDATE device_grants SET body = CAST('{"v":9}' AS BLOB)"#);
        change.execute(&sqlite.pool).await.unwrap();
        let other = flow::authorize(&node).await.unwrap();
        let fault = flow::poll(&node, &device).await.unwrap_err();
        assert!(!fault.is_retryable(), "{fault:?}");
        let stored = body().fetch_one(&sqlite.pool).await.unwrap();
        assert_eq!(stored, br#"{"v":9}"#);
        let polled = flow::poll(&node, &other).await.unwrap();
        assert!(matches!(polled, PollOutcome::Pending), "{polled:?}");
    });
}

fn two_processes_share_a_database<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let other = sqlite.again::<D>(|file| file.busy_timeout = Duration::from_secs(20));
    let one = sqlite.again::<D>(|file| file.busy_timeout = Duration::from_secs(20));
    for round in 0..20 {
        block_on(insert(&one, &new_row(round)));
        let won = race(|racer| {
            let store = if racer % 2 == 0 { &one } else { &other };
            let next = Shape::approved().over(&row(round), 1_000 + racer);
            block_on(store.replace(&next)).unwrap()
        });
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    }
}

#[test]
fn a_closed_pool_closes_the_store() {
    let sqlite = Sqlite::new::<super::drivers::Sqlx09>();
    let store = SqlStore::new(sqlite.pool.clone());
    block_on(async {
        insert(&store, &new_row(1)).await;
        sqlite.pool.close().await;
    });
    let error = block_on(store.insert(&new_row(2))).unwrap_err();
    assert_passing(&error, "cannot be reached");
}

fn a_prefix_keeps_hosts_apart<D: Driver>() {
    let one = D::in_memory();
    let other = one.clone().with_table_prefix("other_").unwrap();
    block_on(async {
        one.migrate().await.unwrap();
        other.migrate().await.unwrap();
        let [one, other] = [one, other].map(SqlStore::new);
        insert(&one, &new_row(1)).await;
        assert_eq!(other.find(&id(1)).await.unwrap(), None);
    });
}

fn migrating_twice_changes_nothing<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    block_on(async {
        insert(&sqlite.store, &new_row(1)).await;
        sqlite.database.migrate().await.unwrap();
        assert!(sqlite.store.find(&id(1)).await.unwrap().is_some());
    });
}
