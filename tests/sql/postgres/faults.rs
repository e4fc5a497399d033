use std::time::Duration;

use device_grant::host::{GrantStore, PollRecord};
use device_grant::message::DeviceAuthorizationResponse;
use device_grant::store::PostgresStore;
use device_grant::{DeviceGrants, PollOutcome};
use sqlx::postgres::PgPoolOptions;

use super::proxy::{Cut, Proxy};
use super::{Isolation, SERVER, pool, prefix, store_on};
use crate::advice::{assert_lasting, assert_passing};
use crate::clauses::harness::{Shape, id, insert, new_row, row};
use crate::executor::block_on;
use crate::flow;

#[test]
fn a_connection_that_is_cut_at_any_statement_neither_loses_a_decision_nor_doubles_tokens() {
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
        let proxy = Proxy::new(&SERVER);
        let node = flow::node(store_on(pool(proxy.options(&SERVER), isolation)));
        block_on(async {
            let device = flow::authorize(&node).await.unwrap();
            let review = flow::review(&node, &device).await.unwrap();
            proxy.cut(Cut { after, executes });
            flow::again(async || flow::approve(&node, &review).await).await;
            let delivered = poll_to_the_end(&node, &device).await;
            assert!(proxy.was_cut(), "cut after {after}");
            assert_eq!(delivered, 1, "cut after {after}, executed: {executes}");
        });
    }
}

/// Polls until the grant is redeemed; how many tokens were delivered.
async fn poll_to_the_end(node: &DeviceGrants, device: &DeviceAuthorizationResponse) -> usize {
    let mut delivered = 0;
    loop {
        match flow::again(async || flow::poll(node, device).await).await {
            PollOutcome::Tokens(_) => delivered += 1,
            PollOutcome::InvalidGrant => return delivered,
            // An attempt has a lease.
            PollOutcome::Pending | PollOutcome::Unavailable { .. } => {}
            wrong @ (PollOutcome::SlowDown { .. }
            | PollOutcome::Denied
            | PollOutcome::Refused(_)
            | PollOutcome::Expired
            | PollOutcome::UnauthorizedClient
            | _) => panic!("an approved grant is {wrong:?}"),
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn an_exhausted_pool_is_a_passing_failure() {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(50));
    let pool = block_on(async { pool.connect_lazy_with(SERVER.options()) });
    let store = store_on(pool.clone());
    block_on(async {
        let only = pool.acquire().await.unwrap();
        let error = store.find(&id(1)).await.unwrap_err();
        assert_passing(&error, "no connection of the pool was free in time");
        drop(only);
        assert_eq!(store.find(&id(1)).await.unwrap(), None);
    });
}

#[test]
fn a_statement_timeout_is_a_passing_failure() {
    let prefix = prefix();
    let pool_of_patient = pool(SERVER.options(), Isolation::ReadCommitted);
    let hasty = SERVER.options().options([("statement_timeout", "50")]);
    let [patient, hasty] = [
        pool_of_patient.clone(),
        pool(hasty, Isolation::ReadCommitted),
    ]
    .map(|pool| PostgresStore::new(pool).table_prefix(&prefix).unwrap());
    let next = Shape::approved().over(&row(1), 2);
    block_on(async {
        patient.migrate().await.unwrap();
        insert(&patient, &new_row(1)).await;
        let mut holder = pool_of_patient.begin().await.unwrap();
        let lock = format!("SELECT FROM {prefix}grants FOR UPDATE");
        sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
            .execute(&mut *holder)
            .await
            .unwrap();
        let error = hasty.replace(&next).await.unwrap_err();
        assert_passing(&error, "a timeout was too short");
        holder.rollback().await.unwrap();
        let replaced = patient.replace(&next).await.unwrap();
        assert!(replaced);
    });
}

/// The error of a server whose disk is full, from a server whose disk is not.
#[test]
fn a_full_disk_is_a_passing_failure() {
    let prefix = prefix();
    let pool = pool(SERVER.options(), Isolation::ReadCommitted);
    let store = PostgresStore::new(pool.clone())
        .table_prefix(&prefix)
        .unwrap();
    let fill = format!(
        "CREATE FUNCTION {prefix}full() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {prefix}grants
            FOR EACH STATEMENT EXECUTE FUNCTION {prefix}full()"
    );
    let free = format!("DROP TRIGGER full_disk ON {prefix}grants");
    let next = Shape::approved().over(&row(1), 2);
    block_on(async {
        store.migrate().await.unwrap();
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

async fn execute(pool: &sqlx::PgPool, sql: String) {
    let sql = sqlx::AssertSqlSafe(sql);
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}

#[test]
fn a_read_only_database_says_so() {
    let prefix = prefix();
    let store = PostgresStore::new(pool(SERVER.options(), Isolation::ReadCommitted));
    block_on(store.table_prefix(&prefix).unwrap().migrate()).unwrap();
    let reading = SERVER
        .options()
        .options([("default_transaction_read_only", "on")]);
    let reading = PostgresStore::new(pool(reading, Isolation::ReadCommitted));
    let reading = reading.table_prefix(&prefix).unwrap();
    block_on(async {
        assert_passing(
            &reading.check().await.unwrap_err(),
            "connect to the primary",
        );
        let error = reading.insert(&new_row(1)).await.unwrap_err();
        assert_passing(&error, "connect to the primary");
    });
}

#[test]
fn missing_tables_say_what_to_do() {
    let store = PostgresStore::new(pool(SERVER.options(), Isolation::ReadCommitted));
    let store = store.table_prefix("nobody_").unwrap();
    block_on(async {
        assert_lasting(&store.check().await.unwrap_err(), "call `migrate`");
        assert_lasting(&store.find(&id(1)).await.unwrap_err(), "call `migrate`");
    });
}

#[test]
fn tables_of_another_version_say_what_to_do() {
    let prefix = prefix();
    let pool = pool(SERVER.options(), Isolation::ReadCommitted);
    let store = PostgresStore::new(pool.clone())
        .table_prefix(&prefix)
        .unwrap();
    block_on(async {
        store.migrate().await.unwrap();
        store.check().await.unwrap();
        for (version, advice) in [
            ("version + 1", "update it on this node"),
            ("0", "call `migrate`"),
        ] {
            let change = format!("UPDATE {prefix}schema SET version = {version}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(change))
                .execute(&pool)
                .await
                .unwrap();
            assert_lasting(&store.check().await.unwrap_err(), advice);
        }
    });
}

#[test]
fn a_role_without_privileges_says_what_to_do() {
    let prefix = prefix();
    let owner = pool(SERVER.options(), Isolation::ReadCommitted);
    let store = PostgresStore::new(owner.clone())
        .table_prefix(&prefix)
        .unwrap();
    let role = SERVER.options().username(&format!("{prefix}role"));
    let stranger = PostgresStore::new(pool(role, Isolation::ReadCommitted));
    let stranger = stranger.table_prefix(&prefix).unwrap();
    block_on(async {
        store.migrate().await.unwrap();
        let create = format!(
            "CREATE ROLE {prefix}role LOGIN; GRANT SELECT ON {prefix}schema TO {prefix}role"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&owner)
            .await
            .unwrap();
        assert_lasting(&stranger.check().await.unwrap_err(), "grant it SELECT");
        assert_lasting(&stranger.find(&id(1)).await.unwrap_err(), "grant it SELECT");
    });
}

#[test]
fn a_role_that_may_not_create_tables_says_what_to_do() {
    let prefix = prefix();
    let owner = pool(SERVER.options(), Isolation::ReadCommitted);
    let role = SERVER.options().username(&format!("{prefix}role"));
    let store = PostgresStore::new(pool(role, Isolation::ReadCommitted));
    let store = store.table_prefix(&prefix).unwrap();
    block_on(async {
        execute(&owner, format!("CREATE ROLE {prefix}role LOGIN")).await;
        execute(
            &owner,
            "REVOKE CREATE ON SCHEMA public FROM public".to_owned(),
        )
        .await;
        let error = store.migrate().await.unwrap_err();
        assert_lasting(&error, "may not create the tables");
    });
}

#[test]
fn tables_that_are_somebody_elses_say_what_to_do() {
    let prefix = prefix();
    let pool = pool(SERVER.options(), Isolation::ReadCommitted);
    let store = PostgresStore::new(pool.clone())
        .table_prefix(&prefix)
        .unwrap();
    block_on(async {
        execute(&pool, format!("CREATE TABLE {prefix}grants (name text)")).await;
        assert_lasting(&store.migrate().await.unwrap_err(), "another table prefix");
        assert_lasting(&store.check().await.unwrap_err(), "call `migrate`");
    });
}

#[test]
fn a_server_that_is_not_there_is_a_passing_failure() {
    let nowhere = SERVER.options().socket("/nowhere");
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_millis(200));
    let pool = block_on(async { pool.connect_lazy_with(nowhere) });
    let error = block_on(PostgresStore::new(pool).check()).unwrap_err();
    assert_passing(&error, "cannot be reached");
}

#[test]
fn a_column_that_cannot_be_read_is_named_and_no_other_grant_is_harmed() {
    for (change, name) in [
        ("user_code_tail = NULL", "user_code"),
        (r"issuer = '\xff'", "issuer"),
        (r"client_id = '\xff'", "client_id"),
        (r"subject = '\xff'", "subject"),
        (
            "told_interval = -6, last_accepted = issued_at",
            "told_interval",
        ),
    ] {
        let prefix = prefix();
        let pool = pool(SERVER.options(), Isolation::ReadCommitted);
        let store = PostgresStore::new(pool.clone());
        let store = store.table_prefix(&prefix).unwrap();
        block_on(async {
            store.migrate().await.unwrap();
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

#[test]
fn a_body_of_a_newer_version_is_refused_and_left_as_it_is() {
    let prefix = prefix();
    let pool = pool(SERVER.options(), Isolation::ReadCommitted);
    let store = PostgresStore::new(pool.clone());
    let store = store.table_prefix(&prefix).unwrap();
    block_on(store.migrate()).unwrap();
    let node = flow::node(store);
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

#[test]
fn several_nodes_may_migrate_at_once() {
    let prefix = prefix();
    let pool = pool(SERVER.options(), Isolation::RepeatableRead);
    let store = PostgresStore::new(pool).table_prefix(&prefix).unwrap();
    crate::clauses::harness::race(|_| block_on(store.migrate()).unwrap());
    block_on(store.check()).unwrap();
}
