//! What holds for `RedisLimiter`.

#[path = "../../it/limiter/clauses.rs"]
mod clauses;

mod contract;
