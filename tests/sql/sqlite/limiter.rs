use std::future::ready;

use device_grant::limiter::SqliteLimiter;
use sqlx::SqlitePool;

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
