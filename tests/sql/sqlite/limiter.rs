use std::future::ready;
use std::time::Duration;

use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::SqlLimiter;
use sqlx::{Row, SqlitePool};

use super::Sqlite;
use super::drivers::Driver;
use crate::executor::block_on;

on_each_driver!(
    who_is_refused_or_only_gives_back_leaves_no_row,
    missing_tables_are_a_lasting_fault,
);

/// Each clause with a database of its own, in memory.
macro_rules! clauses_of {
    ($name:ident, $driver:ident) => {
        mod $name {
            use super::super::drivers::$driver;
            use super::*;

            device_grant::limiter_conformance_tests!(
                |clock| ready(((), limiter::<$driver>().with_clock(clock))),
                block_on = block_on,
            );
        }
    };
}

clauses_of!(sqlx_09_clauses, Sqlx09);
clauses_of!(sqlx_08_clauses, Sqlx08);
clauses_of!(deadpool_clauses, Deadpool);

fn limiter<D: Driver>() -> SqlLimiter {
    let database = D::in_memory();
    block_on(database.migrate()).unwrap();
    SqlLimiter::new(database)
}

fn who_is_refused_or_only_gives_back_leaves_no_row<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
    let (limiter, pool) = (SqlLimiter::new(sqlite.database.clone()), &sqlite.pool);
    let take = |whose: &str, burst: u32| {
        let quota = Quota::new(burst, Duration::from_secs(3_600));
        Charge::take(LimitKey::new("test", "", whose), quota)
    };
    block_on(async {
        for source in 0..100 {
            let source = take(&source.to_string(), 1);
            let charges = [source, take("all", 9)];
            let _ = limiter.charge(&charges).await.unwrap();
        }
        assert_eq!(rows(pool).await, 10);
        for source in 0..100 {
            let charges = [take(&source.to_string(), 1).given_back()];
            assert_eq!(limiter.charge(&charges).await.unwrap(), Charged::Allowed);
        }
        assert_eq!(rows(pool).await, 1);
    });
}

fn missing_tables_are_a_lasting_fault<D: Driver>() {
    let limiter = SqlLimiter::new(D::in_memory());
    let quota = Quota::new(1, Duration::from_secs(60));
    let charge = Charge::take(LimitKey::new("test", "", "a"), quota);
    let refused = block_on(limiter.charge(&[charge])).unwrap_err();
    assert!(!refused.is_retryable(), "{refused:?}");
    assert!(!block_on(limiter.check()).unwrap_err().is_retryable());
}

async fn rows(pool: &SqlitePool) -> i64 {
    let count = sqlx::query("SELECT count(*) FROM device_limits");
    count.fetch_one(pool).await.unwrap().get(0)
}
