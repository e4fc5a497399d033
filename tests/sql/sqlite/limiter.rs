use std::future::ready;
use std::time::Duration;

use device_grant::host::{Charge, Charged, Debit, LimitKey, Limiter, Quota};
use device_grant::limiter::SqliteLimiter;
use sqlx::{Row, SqlitePool};

use super::Sqlite;
use crate::executor::block_on;

/// Each clause with a database of its own, in memory.
mod conformance {
    use super::*;

    device_grant::limiter_conformance_tests!(
        |clock| ready(((), limiter().with_clock(clock))),
        block_on = block_on,
    );
}

fn limiter() -> SqliteLimiter {
    let pool = block_on(SqlitePool::connect("sqlite::memory:")).unwrap();
    let limiter = SqliteLimiter::new(pool);
    block_on(limiter.migrate()).unwrap();
    limiter
}

#[test]
fn who_is_refused_or_only_gives_back_leaves_no_row() {
    let sqlite = Sqlite::new();
    let (limiter, pool) = (SqliteLimiter::new(sqlite.pool.clone()), &sqlite.pool);
    let charge = |whose: &str, burst: u32, debit: Debit| {
        let quota = Quota::new(burst, Duration::from_secs(3_600));
        Charge::new(LimitKey::new("test", "", whose), quota, debit)
    };
    block_on(async {
        for source in 0..100 {
            let source = charge(&source.to_string(), 1, Debit::Take);
            let charges = [source, charge("all", 9, Debit::Take)];
            let _ = limiter.charge(&charges).await.unwrap();
        }
        assert_eq!(rows(pool).await, 10);
        for source in 0..100 {
            let charges = [charge(&source.to_string(), 1, Debit::GiveBack)];
            assert_eq!(limiter.charge(&charges).await.unwrap(), Charged::Allowed);
        }
        assert_eq!(rows(pool).await, 1);
    });
}

#[test]
fn missing_tables_are_a_lasting_fault() {
    let pool = block_on(SqlitePool::connect("sqlite::memory:")).unwrap();
    let limiter = SqliteLimiter::new(pool);
    let quota = Quota::new(1, Duration::from_secs(60));
    let charge = Charge::new(LimitKey::new("test", "", "a"), quota, Debit::Take);
    let refused = block_on(limiter.charge(&[charge])).unwrap_err();
    assert!(!refused.is_retryable(), "{refused:?}");
    assert!(!block_on(limiter.check()).unwrap_err().is_retryable());
}

async fn rows(pool: &SqlitePool) -> i64 {
    let count = sqlx::query("SELECT count(*) FROM device_limits");
    count.fetch_one(pool).await.unwrap().get(0)
}
