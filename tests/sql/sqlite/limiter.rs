use device_grant::limiter::SqliteLimiter;
use sqlx::SqlitePool;

use crate::clauses::charging;
use crate::executor::block_on;

/// One test for each clause, with a database each, in memory.
macro_rules! clauses {
    ($($clause:ident),+ $(,)?) => {
        $(
            #[test]
            fn $clause() {
                block_on(charging::$clause(&limiter()));
            }
        )+
    };
}

every_limiter_clause!(clauses);

fn limiter() -> SqliteLimiter {
    let pool = block_on(SqlitePool::connect("sqlite::memory:")).unwrap();
    let limiter = SqliteLimiter::new(pool);
    block_on(limiter.migrate()).unwrap();
    limiter
}
