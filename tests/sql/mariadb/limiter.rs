use std::future::ready;
use std::time::Duration;

use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::SqlLimiter;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::Racers;
use device_grant::testing::conformance::limiter::sharing;
use sqlx::{AssertSqlSafe, MySqlPool, Row};

use super::drivers::Driver;
use super::{Isolation, database, execute, login, migrated, prefix, prefixed, proxy, through};
use crate::advice::assert_lasting;
use crate::clauses::harness::race;
use crate::executor::block_on;

on_each_driver!(
    clause_04_two_nodes_share_what_a_key_has,
    a_charge_of_several_keys_is_one_round_trip,
    who_charges_the_same_keys_in_another_order_does_not_wait_for_ever,
    who_is_refused_or_gives_everything_back_leaves_no_row,
    racers_that_are_refused_leave_no_row,
    who_waits_for_another_charge_is_judged_by_the_time_after_it,
    a_user_without_the_rights_is_told_so,
    a_missing_procedure_or_table_is_a_lasting_fault,
);

/// Each clause with tables of its own, for a driver and an isolation.
macro_rules! clauses_of {
    ($name:ident, $driver:ident, $isolation:ident) => {
        mod $name {
            use super::super::drivers::$driver;
            use super::*;

            device_grant::limiter_conformance_tests!(
                |clock| ready((
                    (),
                    limiter::<$driver>(Isolation::$isolation).with_clock(clock)
                )),
                block_on = block_on,
            );
        }
    };
}

clauses_of!(sqlx_09_read_committed, Sqlx09, ReadCommitted);
clauses_of!(sqlx_09_repeatable_read, Sqlx09, RepeatableRead);
clauses_of!(sqlx_09_serializable, Sqlx09, Serializable);
clauses_of!(sqlx_08_repeatable_read, Sqlx08, RepeatableRead);

fn limiter<D: Driver>(isolation: Isolation) -> SqlLimiter {
    SqlLimiter::new(database::<D>(&login().isolation(isolation)))
}

fn charge(number: u64) -> Charge {
    let key = LimitKey::new("test", "", &number.to_string());
    Charge::take(key, Quota::new(1_000, Duration::from_secs(60)))
}

fn everybody(burst: u32) -> Charge {
    let quota = Quota::new(burst, Duration::from_secs(3_600));
    Charge::take(LimitKey::new("test", "", "all"), quota)
}

fn clause_04_two_nodes_share_what_a_key_has<D: Driver>() {
    let prefix = prefix();
    let databases = [(); 2].map(|()| migrated::<D>(&login(), &prefix));
    let [one, other] = databases.map(SqlLimiter::new);
    let racers = Racers::new(&|work| block_on(work));
    sharing::clause_04_two_nodes_share_what_a_key_has(&one, &other, &racers);
}

fn a_charge_of_several_keys_is_one_round_trip<D: Driver>() {
    let proxy = proxy();
    let limiter = SqlLimiter::new(database::<D>(&through(&proxy).size(1)));
    block_on(async {
        // The first prepares it.
        let _ = limiter.charge(&[charge(1)]).await.unwrap();
        for _ in 0..3 {
            proxy.statements();
            let _ = limiter
                .charge(&[charge(1), charge(2), charge(3)])
                .await
                .unwrap();
            assert_eq!(proxy.statements(), 1);
        }
    });
}

fn who_charges_the_same_keys_in_another_order_does_not_wait_for_ever<D: Driver>() {
    let clock = ManualClock::new();
    let limiter = limiter::<D>(Isolation::RepeatableRead).with_clock(clock.clone());
    race(|racer| {
        for step in 0..50 {
            let (one, other) = (charge(step % 5), charge((step + 1) % 5));
            let charges = if racer % 2 == 0 {
                [one, other]
            } else {
                [other, one]
            };
            let _ = block_on(limiter.charge(&charges)).unwrap();
            if racer == 0 {
                clock.advance(Duration::from_secs(100));
                block_on(limiter.purge(10)).unwrap();
            }
        }
    });
}

fn who_is_refused_or_gives_everything_back_leaves_no_row<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    let back = |mut charge: Charge| {
        charge.gives_back = true;
        charge
    };
    block_on(async {
        for source in 0..50 {
            let _ = limiter
                .charge(&[charge(source), everybody(9)])
                .await
                .unwrap();
        }
        assert_eq!(rows(&pool, &prefix).await, 10);
        for source in 0..50 {
            let charged = limiter.charge(&[back(charge(source))]).await.unwrap();
            assert_eq!(charged, Charged::Allowed);
        }
        assert_eq!(rows(&pool, &prefix).await, 1);
    });
}

fn racers_that_are_refused_leave_no_row<D: Driver>() {
    let (limiter, pool, prefix) = parts::<D>();
    race(|racer| {
        for step in 0..20 {
            let charges = [everybody(5), charge(racer * 100 + step)];
            let _ = block_on(limiter.charge(&charges)).unwrap();
        }
    });
    assert_eq!(block_on(rows(&pool, &prefix)), 6);
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
            // What this tells is not refreshed for whoever asks more often than ten times a second.
            tokio::time::sleep(Duration::from_millis(150)).await;
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

fn a_missing_procedure_or_table_is_a_lasting_fault<D: Driver>() {
    for what in ["PROCEDURE {prefix}charge", "TABLE {prefix}limits"] {
        let (limiter, pool, prefix) = parts::<D>();
        block_on(async {
            execute(&pool, format!("DROP {}", what.replace("{prefix}", &prefix))).await;
            let error = limiter.charge(&[charge(1)]).await.unwrap_err();
            assert_lasting(&error, "call `migrate`");
            assert_lasting(&limiter.check().await.unwrap_err(), "call `migrate`");
        });
    }
}

/// A limiter with tables of its own, a pool on them, and their prefix.
fn parts<D: Driver>() -> (SqlLimiter, MySqlPool, String) {
    let prefix = prefix();
    let limiter = SqlLimiter::new(migrated::<D>(&login(), &prefix));
    (limiter, login().pool(), prefix)
}

async fn rows(pool: &MySqlPool, prefix: &str) -> i64 {
    number(pool, format!("SELECT COUNT(*) FROM {prefix}limits")).await
}

async fn number(pool: &MySqlPool, sql: String) -> i64 {
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(pool).await;
    row.unwrap().get(0)
}
