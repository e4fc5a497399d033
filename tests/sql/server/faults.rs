//! Failures of a server, on each engine that has one, with each driver.

use std::time::Duration;

use device_grant::PollOutcome;
use device_grant::host::{GrantStore, PollRecord};
use device_grant::store::SqlStore;

use super::drivers::Driver;
use super::{
    Isolation, database, dialect, execute, login, migrated, prefix, prefixed, proxy, through,
};
use crate::advice::{assert_lasting, assert_passing};
use crate::clauses::harness::{Shape, id, insert, new_row, row};
use crate::executor::block_on;
use crate::flow;
use crate::proxy::Cut;

on_each_driver!(
    a_connection_that_is_cut_at_any_statement_neither_loses_a_decision_nor_doubles_tokens,
    an_exhausted_pool_is_a_passing_failure,
    a_statement_timeout_is_a_passing_failure,
    a_locked_row_costs_its_grant_and_two_connections_at_most,
    a_decision_gives_up_a_locked_row_and_a_purge_passes_over_it,
    a_full_disk_is_a_passing_failure,
    a_read_only_database_says_so,
    missing_tables_say_what_to_do,
    tables_of_another_version_say_what_to_do,
    tables_that_a_newer_version_has_migrated_are_used_if_it_says_so,
    a_role_without_privileges_says_what_to_do,
    a_role_that_may_not_create_tables_says_what_to_do,
    tables_that_are_somebody_elses_say_what_to_do,
    a_server_that_is_not_there_is_a_passing_failure,
    a_column_that_cannot_be_read_is_named_and_no_other_grant_is_harmed,
    a_body_of_a_newer_version_is_refused_and_left_as_it_is,
    several_nodes_may_migrate_at_once,
);

fn a_connection_that_is_cut_at_any_statement_neither_loses_a_decision_nor_doubles_tokens<
    D: Driver,
>() {
    // Approving takes 2 statements, redeeming 3, and the poll after it 1.
    let isolations = [
        Isolation::ReadCommitted,
        Isolation::RepeatableRead,
        Isolation::Serializable,
    ];
    for ((after, executes), isolation) in (0..6)
        .flat_map(|after| [(after, false), (after, true)])
        .flat_map(|cut| isolations.map(|isolation| (cut, isolation)))
    {
        let proxy = proxy();
        let login = through(&proxy).isolation(isolation);
        let node = flow::node(SqlStore::new(database::<D>(&login)));
        block_on(async {
            let device = flow::authorize(&node).await.unwrap();
            let review = flow::review(&node, &device).await.unwrap();
            proxy.cut(Cut { after, executes });
            flow::again(async || flow::approve(&node, &review).await).await;
            let delivered = flow::poll_to_the_end(&node, &device).await;
            assert!(proxy.was_cut(), "cut after {after}");
            assert_eq!(delivered, 1, "cut after {after}, executed: {executes}");
        });
    }
}

fn an_exhausted_pool_is_a_passing_failure<D: Driver>() {
    let prefix = prefix();
    let small = login().size(1).patience(Duration::from_millis(200));
    let store = SqlStore::new(migrated::<D>(&small, &prefix));
    let admin = login().pool();
    block_on(async {
        insert(&store, &new_row(1)).await;
        let mut holder = admin.begin().await.unwrap();
        delete(&mut holder, &prefix).await;
        // The only connection waits until it is known whether the row stays.
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.insert(&new_row(1)).await }
        });
        let error = loop {
            match store.find(&id(1)).await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                Err(error) => break error,
            }
        };
        assert_passing(&error, "no connection of the pool was free in time");
        holder.rollback().await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), None);
        assert!(store.find(&id(1)).await.unwrap().is_some());
    });
}

fn a_statement_timeout_is_a_passing_failure<D: Driver>() {
    let prefix = prefix();
    let patient = SqlStore::new(migrated::<D>(&login(), &prefix));
    let hasty = dialect::hasty(login());
    let hasty = SqlStore::new(prefixed::<D>(&hasty, &prefix));
    let admin = login().pool();
    block_on(async {
        insert(&patient, &new_row(1)).await;
        let mut holder = admin.begin().await.unwrap();
        delete(&mut holder, &prefix).await;
        let error = hasty.insert(&new_row(1)).await.unwrap_err();
        assert_passing(&error, "a timeout was too short");
        holder.rollback().await.unwrap();
        assert_eq!(patient.insert(&new_row(1)).await.unwrap(), None);
    });
}

/// Devices may poll as often as they like: what waits for the row beside two of them waits without a connection.
fn a_locked_row_costs_its_grant_and_two_connections_at_most<D: Driver>() {
    const POLLS: usize = 8;
    let prefix = prefix();
    let small = login().size(9);
    let store = SqlStore::new(migrated::<D>(&small, &prefix));
    let admin = login().pool();
    let waiting = dialect::waiting(&prefix);
    block_on(async {
        insert(&store, &new_row(1)).await;
        insert(&store, &new_row(2)).await;
        let mut holder = admin.begin().await.unwrap();
        let locked = id(1);
        let lock = dialect::lock(&prefix, &locked);
        let lock = sqlx::raw_sql(sqlx::AssertSqlSafe(lock));
        lock.execute(&mut *holder).await.unwrap();
        let mut polls = tokio::task::JoinSet::new();
        for _ in 0..POLLS {
            let store = store.clone();
            polls.spawn(async move { store.record_poll(&PollRecord::new(id(1))).await });
        }
        let mut refused = 0;
        let mut most = 0;
        while refused < POLLS {
            let polled = store.record_poll(&PollRecord::new(id(2))).await.unwrap();
            assert!(polled.is_some(), "the other grant goes on");
            let count = sqlx::query_scalar(sqlx::AssertSqlSafe(waiting.clone()));
            let count: i64 = count.fetch_one(&admin).await.unwrap();
            most = most.max(count);
            while let Some(polled) = polls.try_join_next() {
                assert_passing(&polled.unwrap().unwrap_err(), "a timeout was too short");
                refused += 1;
            }
        }
        // The server may still name one that it has given up.
        assert!((1..=4).contains(&most), "{most} waited for the row");
        holder.rollback().await.unwrap();
        let polled = store.record_poll(&PollRecord::new(id(1))).await.unwrap();
        assert!(polled.is_some());
    });
}

fn a_decision_gives_up_a_locked_row_and_a_purge_passes_over_it<D: Driver>() {
    let prefix = prefix();
    let store = SqlStore::new(migrated::<D>(&login(), &prefix));
    let (admin, next) = (login().pool(), Shape::approved().over(&row(1), 2));
    block_on(async {
        insert(&store, &new_row(1)).await;
        insert(&store, &new_row(2)).await;
        execute(&admin, format!("UPDATE {prefix}grants SET forget_at = 1")).await;
        let mut holder = admin.begin().await.unwrap();
        let lock = sqlx::raw_sql(sqlx::AssertSqlSafe(dialect::lock(&prefix, &id(1))));
        lock.execute(&mut *holder).await.unwrap();
        let error = soon(store.replace(&next)).await.unwrap_err();
        assert_passing(&error, "a timeout was too short");
        assert_eq!(soon(store.purge(10)).await.unwrap(), 1);
        holder.rollback().await.unwrap();
        assert_eq!(store.purge(10).await.unwrap(), 1);
    });
}

/// A call that waits for the end of a lock would take longer.
async fn soon<T>(call: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(20), call).await;
    ended.expect("nothing waits for a lock without end")
}

async fn delete(holder: &mut dialect::Connection, prefix: &str) {
    let delete = format!("DELETE FROM {prefix}grants");
    let delete = sqlx::raw_sql(sqlx::AssertSqlSafe(delete));
    delete.execute(holder).await.unwrap();
}

/// The error of a server whose disk is full, from a server whose disk is not.
fn a_full_disk_is_a_passing_failure<D: Driver>() {
    let prefix = prefix();
    let pool = login().pool();
    let store = SqlStore::new(migrated::<D>(&login(), &prefix));
    let [fill, free] = dialect::full_disk(&prefix);
    let next = Shape::approved().over(&row(1), 2);
    block_on(async {
        insert(&store, &new_row(1)).await;
        execute(&pool, fill).await;
        let error = store.replace(&next).await.unwrap_err();
        assert_passing(&error, "free space");
        assert!(store.find(&id(1)).await.unwrap().is_some());
        execute(&pool, free).await;
        let replaced = store.replace(&next).await.unwrap();
        assert!(replaced);
    });
}

fn a_read_only_database_says_so<D: Driver>() {
    let prefix = prefix();
    let _tables = migrated::<D>(&login(), &prefix);
    let reading = dialect::reading(login());
    let reading = SqlStore::new(prefixed::<D>(&reading, &prefix));
    block_on(async {
        let error = reading.check().await.unwrap_err();
        assert_passing(&error, "connect to the primary");
        let error = reading.insert(&new_row(1)).await.unwrap_err();
        assert_passing(&error, "connect to the primary");
    });
}

fn missing_tables_say_what_to_do<D: Driver>() {
    let store = SqlStore::new(prefixed::<D>(&login(), "nobody_"));
    block_on(async {
        assert_lasting(&store.check().await.unwrap_err(), "call `migrate`");
        assert_lasting(&store.find(&id(1)).await.unwrap_err(), "call `migrate`");
    });
}

fn tables_of_another_version_say_what_to_do<D: Driver>() {
    let prefix = prefix();
    let pool = login().pool();
    let database = migrated::<D>(&login(), &prefix);
    let store = SqlStore::new(database.clone());
    block_on(async {
        store.check().await.unwrap();
        for (version, advice) in [
            ("version + 1, readable_since = 2", "update it on this node"),
            ("0", "call `migrate`"),
        ] {
            let change = format!("UPDATE {prefix}schema SET version = {version}");
            execute(&pool, change).await;
            assert_lasting(&store.check().await.unwrap_err(), advice);
        }
        let change = format!("UPDATE {prefix}schema SET version = 2, readable_since = 2");
        execute(&pool, change).await;
        let error = database.migrate().await.unwrap_err();
        assert_lasting(&error, "update it on this node");
    });
}

fn tables_that_a_newer_version_has_migrated_are_used_if_it_says_so<D: Driver>() {
    let prefix = prefix();
    let pool = login().pool();
    let database = migrated::<D>(&login(), &prefix);
    let store = SqlStore::new(database.clone());
    let later = format!(
        "INSERT INTO {prefix}schema (version, readable_since) VALUES (2, 1), (3, 1);
        ALTER TABLE {prefix}grants ADD COLUMN later integer"
    );
    block_on(async {
        execute(&pool, later).await;
        store.check().await.unwrap();
        database.migrate().await.unwrap();
        insert(&store, &new_row(1)).await;
        assert!(store.find(&id(1)).await.unwrap().is_some());
        execute(
            &pool,
            format!("UPDATE {prefix}schema SET readable_since = 2 WHERE version = 3"),
        )
        .await;
        for error in [store.check().await.err(), database.migrate().await.err()] {
            assert_lasting(&error.unwrap(), "update it on this node");
        }
    });
}

fn a_role_without_privileges_says_what_to_do<D: Driver>() {
    let prefix = prefix();
    let _tables = migrated::<D>(&login(), &prefix);
    let role = login().user(&format!("{prefix}role"));
    let stranger = SqlStore::new(prefixed::<D>(&role, &prefix));
    let create = dialect::role_without_rights(&prefix);
    let admin = login().pool();
    block_on(async {
        execute(&admin, create).await;
        let refused = stranger.check().await.unwrap_err();
        assert_lasting(&refused, &dialect::missing_rights(&prefix));
        assert_lasting(&stranger.find(&id(1)).await.unwrap_err(), "grant it SELECT");
    });
}

fn a_role_that_may_not_create_tables_says_what_to_do<D: Driver>() {
    let prefix = prefix();
    let role = login().user(&format!("{prefix}role"));
    let database = prefixed::<D>(&role, &prefix);
    let create = dialect::role_that_may_not_create(&prefix);
    let admin = login().pool();
    block_on(async {
        execute(&admin, create).await;
        let error = database.migrate().await.unwrap_err();
        assert_lasting(&error, "may not create the tables");
    });
}

fn tables_that_are_somebody_elses_say_what_to_do<D: Driver>() {
    let prefix = prefix();
    let database = prefixed::<D>(&login(), &prefix);
    let (store, admin) = (SqlStore::new(database.clone()), login().pool());
    block_on(async {
        let create = format!("CREATE TABLE {prefix}grants (name text)");
        execute(&admin, create).await;
        let error = database.migrate().await.unwrap_err();
        assert_lasting(&error, "another table prefix");
        assert_lasting(&store.check().await.unwrap_err(), "call `migrate`");
    });
}

fn a_server_that_is_not_there_is_a_passing_failure<D: Driver>() {
    let nowhere = dialect::nowhere();
    let nowhere = nowhere.patience(Duration::from_millis(200));
    let error = block_on(SqlStore::new(D::database(&nowhere)).check()).unwrap_err();
    assert_passing(&error, "cannot be reached");
}

fn a_column_that_cannot_be_read_is_named_and_no_other_grant_is_harmed<D: Driver>() {
    for (change, name) in dialect::DAMAGE {
        let prefix = prefix();
        let pool = login().pool();
        let store = SqlStore::new(migrated::<D>(&login(), &prefix));
        block_on(async {
            insert(&store, &new_row(1)).await;
            let change = format!("UPDATE {prefix}grants SET had_twin = true, {change}");
            execute(&pool, change).await;
            insert(&store, &new_row(2)).await;
            let polled = store.record_poll(&PollRecord::new(id(1))).await;
            assert_lasting(&polled.unwrap_err(), &format!("column {name} "));
            assert!(store.find(&id(2)).await.unwrap().is_some(), "{name}");
        });
    }
}

fn a_body_of_a_newer_version_is_refused_and_left_as_it_is<D: Driver>() {
    let prefix = prefix();
    let pool = login().pool();
    let node = flow::node(SqlStore::new(migrated::<D>(&login(), &prefix)));
    block_on(async {
        let device = flow::authorize(&node).await.unwrap();
        execute(
            &pool,
            format!(r#"UPDATE {prefix}grants SET body = '{{"v":9}}'"#),
        )
        .await;
        let other = flow::authorize(&node).await.unwrap();
        let fault = flow::poll(&node, &device).await.unwrap_err();
        assert!(!fault.is_retryable(), "{fault:?}");
        let newer = format!(r#"SELECT 1 FROM {prefix}grants WHERE body = '{{"v":9}}'"#);
        let newer = sqlx::query(sqlx::AssertSqlSafe(newer));
        assert_eq!(newer.fetch_all(&pool).await.unwrap().len(), 1);
        let polled = flow::poll(&node, &other).await.unwrap();
        assert!(matches!(polled, PollOutcome::Pending), "{polled:?}");
    });
}

fn several_nodes_may_migrate_at_once<D: Driver>() {
    let login = login().isolation(Isolation::RepeatableRead);
    let database = prefixed::<D>(&login, &prefix());
    crate::clauses::harness::race(|_| block_on(database.migrate()).unwrap());
    block_on(SqlStore::new(database).check()).unwrap();
}
