//! What holds for `RedisLimiter`.

mod contract;
