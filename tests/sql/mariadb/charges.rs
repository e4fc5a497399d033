//! The limiter, as far as it differs from that on other engines.

use std::time::Duration;

use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::SqlLimiter;
use sqlx::AssertSqlSafe;

use super::drivers::Driver;
use super::limiter::{charge, parts};
use super::{execute, login, number, prefixed};
use crate::advice::assert_lasting;
use crate::executor::block_on;

on_each_driver!(
    who_waits_for_another_charge_is_judged_by_the_time_after_it,
    a_purge_neither_waits_for_a_key_nor_locks_those_that_owe_something,
    a_user_without_the_rights_is_told_so,
);

fn everybody(burst: u32) -> Charge {
    let quota = Quota::new(burst, Duration::from_secs(3_600));
    Charge::take(LimitKey::new("test", "", "all"), quota)
}

fn a_purge_neither_waits_for_a_key_nor_locks_those_that_owe_something<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let rows = format!(
        "INSERT INTO {prefix}limits VALUES
            ('a', 1, 3600000000), ('b', 2, 3600000000), ('c', 9000000000000000, 3600000000)"
    );
    block_on(async {
        execute(&pool, rows).await;
        let mut charge = pool.begin().await.unwrap();
        for key in ["a", "c"] {
            let lock = format!("SELECT 1 FROM {prefix}limits WHERE `key` = '{key}' FOR UPDATE");
            let lock = sqlx::raw_sql(AssertSqlSafe(lock));
            lock.execute(&mut *charge).await.unwrap();
        }
        let purged = tokio::time::timeout(Duration::from_secs(20), limiter.purge(10)).await;
        assert_eq!(purged.expect("it waits for no lock").unwrap(), 1);
        charge.rollback().await.unwrap();
        assert_eq!(limiter.purge(10).await.unwrap(), 1);
    });
}

/// The time before the wait is earlier than that of the charge it waited for, which would look like a clock set back.
fn who_waits_for_another_charge_is_judged_by_the_time_after_it<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let key = LimitKey::new("test", "", "all");
    block_on(async {
        let name = key.as_str();
        let row = format!("INSERT INTO {prefix}limits VALUES ('{name}', 0, 3600000000)");
        execute(&pool, row).await;
        let mut first = pool.begin().await.unwrap();
        let lock = format!("SELECT 1 FROM {prefix}limits FOR UPDATE");
        let locked = sqlx::raw_sql(AssertSqlSafe(lock))
            .execute(&mut *first)
            .await;
        locked.unwrap();
        let second = tokio::spawn(async move { limiter.charge(&[everybody(1)]).await });
        let waiting =
            "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'";
        while number(&pool, waiting.to_owned()).await == 0 {
            // What this tells is refreshed only if nobody asked in the last tenth of a second. The test runs with two drivers at the
            // same time: at this pace, one of them at least finds it so.
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        // All that the key may owe, as of now.
        let charge = format!(
            "UPDATE {prefix}limits SET owed_until =
                TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) + 3600000000"
        );
        let charged = sqlx::raw_sql(AssertSqlSafe(charge))
            .execute(&mut *first)
            .await;
        charged.unwrap();
        first.commit().await.unwrap();
        let charged = second.await.unwrap().unwrap();
        let Charged::Limited { retry_after, .. } = charged else {
            panic!("{charged:?}");
        };
        assert!(retry_after <= Duration::from_secs(3_600), "{charged:?}");
    });
}

fn a_user_without_the_rights_is_told_so<D: Driver>() {
    let (_, pool, prefix) = parts::<D>();
    let user = format!("{prefix}user");
    let stranger = prefixed::<D>(&login().user(&user), &prefix);
    let stranger = SqlLimiter::new(stranger);
    block_on(async {
        let create = format!(
            "CREATE USER {user}@localhost; GRANT SELECT ON grants.{prefix}schema TO {user}@localhost"
        );
        execute(&pool, create).await;
        let error = stranger.check().await.unwrap_err();
        assert_lasting(&error, "EXECUTE on the procedure");
        let grant = format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON grants.{prefix}limits TO {user}@localhost"
        );
        execute(&pool, grant).await;
        let error = stranger.charge(&[charge(1)]).await.unwrap_err();
        assert_lasting(&error, "EXECUTE on the procedure");
        let error = stranger.check().await.unwrap_err();
        assert_lasting(&error, "EXECUTE on the procedure");
        let grant = format!("GRANT EXECUTE ON PROCEDURE {prefix}charge TO {user}@localhost");
        execute(&pool, grant).await;
        stranger.check().await.unwrap();
        let charged = stranger.charge(&[charge(1)]).await.unwrap();
        assert_eq!(charged, Charged::Allowed);
    });
}
