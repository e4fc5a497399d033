//! `RedisStore` and `RedisLimiter` on real servers: `redis-server` from the package of that name has to be installed.

#[cfg(test)]
mod announcing;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod fresh;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod limiter;
#[cfg(test)]
mod patience;
#[cfg(test)]
#[path = "../sql/polls.rs"]
#[expect(dead_code, reason = "two nodes on Redis are those of `histories`")]
mod polls;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod sentinels;
#[cfg(test)]
mod server;
#[cfg(test)]
mod stats;
#[cfg(test)]
mod store;
#[cfg(test)]
mod ways;
