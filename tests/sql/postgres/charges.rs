//! The limiter, as far as it differs from that on other engines.

use std::time::Duration;

use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::SqlLimiter;
use sqlx::{AssertSqlSafe, Row};

use super::drivers::Driver;
use super::limiter::{charge, finding, parts};
use super::{execute, login, number, prefixed};
use crate::executor::block_on;

on_each_driver!(
    who_waits_for_another_charge_is_judged_by_the_time_after_it,
    a_role_without_the_rights_is_told_which_statements_to_run,
);

/// The time before the wait is earlier than that of the charge it waited for, which would look like a clock set back.
fn who_waits_for_another_charge_is_judged_by_the_time_after_it<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let quota = Quota::new(1, Duration::from_secs(3_600));
    let key = LimitKey::new("test", "", "alice");
    let taken = Charge::take(key.clone(), quota);
    block_on(async {
        let mut first = pool.begin().await.unwrap();
        let row = format!(
            "INSERT INTO {prefix}limits VALUES (0, 3600000000, '{}')",
            key.as_str()
        );
        execute(&pool, row).await;
        let lock = format!("SELECT 1 FROM {prefix}limits FOR UPDATE");
        let locked = sqlx::raw_sql(AssertSqlSafe(lock))
            .execute(&mut *first)
            .await;
        locked.unwrap();
        let second = tokio::spawn(async move { limiter.charge(&[taken]).await });
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted".to_owned();
        while number(&pool, waiting.clone()).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let charge = format!(
            "SELECT refused FROM {prefix}charge(ARRAY['{}'::bytea], '{{3600000000}}', '{{3600000000}}', '{{0}}', NULL)",
            key.as_str()
        );
        let charged = sqlx::query(AssertSqlSafe(charge))
            .fetch_one(&mut *first)
            .await;
        assert_eq!(charged.unwrap().get::<Option<i32>, _>(0), None);
        first.commit().await.unwrap();
        let charged = second.await.unwrap().unwrap();
        assert!(matches!(charged, Charged::Limited { .. }), "{charged:?}");
    });
}

fn a_role_without_the_rights_is_told_which_statements_to_run<D: Driver>() {
    let (owner, pool, prefix) = parts::<D>();
    let role = format!("{prefix}role");
    let stranger = SqlLimiter::new(prefixed::<D>(&login().user(&role), &prefix));
    block_on(async {
        execute(
            &pool,
            format!(
                "CREATE ROLE {role} LOGIN; GRANT SELECT ON {prefix}schema TO {role};
                REVOKE EXECUTE ON FUNCTION {prefix}charge FROM PUBLIC"
            ),
        )
        .await;
        let table = format!(
            "this role may not read and write limits: GRANT SELECT, INSERT, UPDATE, DELETE ON {prefix}limits TO {role}"
        );
        let function = format!(
            "this role may not charge limits: GRANT EXECUTE ON FUNCTION {prefix}charge(bytea[],bigint[],bigint[],\
             smallint[],bigint) TO {role}"
        );
        assert_eq!(finding(&stranger).await, format!("{table}\n{function}"));
        for (line, left) in [(&table, Some(&function)), (&function, None)] {
            let refused = stranger.charge(&[charge(1)]).await.unwrap_err();
            assert!(!refused.is_retryable(), "{refused:?}");
            let (_, statement) = line.split_once(": ").unwrap();
            execute(&pool, statement.to_owned()).await;
            match left {
                Some(left) => assert_eq!(finding(&stranger).await, *left),
                None => assert!(stranger.check().await.is_ok()),
            }
        }
        assert_eq!(
            stranger.charge(&[charge(1)]).await.unwrap(),
            Charged::Allowed
        );
        let rows = format!("SELECT count(*) FROM {prefix}limits");
        assert_eq!(number(&pool, rows).await, 1);
        owner.check().await.unwrap();
    });
}
