//! A store or limiter that nobody has used, on servers that all tests share: each has a prefix of its own.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use device_grant::limiter::RedisLimiter;
use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;

use crate::cluster::Cluster;
use crate::sentinels::Sentinels;
use crate::server::Server;
use crate::ways;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
// Each suite of the store has one of its own: a purge walks through all keys of a server, a bounded number of them at a
// time, and the suite counts what a single purge forgets.
static STORES: LazyLock<Server> = LazyLock::new(Server::start);
static INDEXED: LazyLock<Server> = LazyLock::new(Server::start);
static POOLED: LazyLock<Server> = LazyLock::new(Server::start);
static SENTINELS: LazyLock<Sentinels> = LazyLock::new(Sentinels::start);
static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

pub(crate) async fn single_store(clock: ManualClock) -> ((), RedisStore) {
    let store = RedisStore::new(STORES.connection().await);
    ((), store.key_prefix(&prefix()).unwrap().with_clock(clock))
}

pub(crate) async fn cluster_store(clock: ManualClock) -> ((), RedisStore) {
    let store = RedisStore::new(CLUSTER.client());
    ((), store.key_prefix(&prefix()).unwrap().with_clock(clock))
}

pub(crate) async fn indexed_store(clock: ManualClock) -> ((), RedisStore) {
    let store = RedisStore::new(INDEXED.connection().await).indexed();
    ((), store.key_prefix(&prefix()).unwrap().with_clock(clock))
}

pub(crate) async fn indexed_cluster_store(clock: ManualClock) -> ((), RedisStore) {
    let ((), store) = cluster_store(clock).await;
    ((), store.indexed())
}

/// A store that finds its server by Sentinels.
pub(crate) async fn sentinel_store(clock: ManualClock) -> ((), RedisStore) {
    let store = RedisStore::new(SENTINELS.connection());
    ((), store.key_prefix(&prefix()).unwrap().with_clock(clock))
}

/// A store on a pool.
pub(crate) async fn pooled_store(clock: ManualClock) -> ((), RedisStore) {
    let store = RedisStore::new(ways::pooled(&POOLED.url()));
    ((), store.key_prefix(&prefix()).unwrap().with_clock(clock))
}

pub(crate) async fn single_limiter(clock: ManualClock) -> ((), RedisLimiter) {
    let limiter = RedisLimiter::new(SERVER.connection().await).with_clock(clock);
    ((), limiter.key_prefix(&prefix()).unwrap())
}

pub(crate) async fn pooled_limiter(clock: ManualClock) -> ((), RedisLimiter) {
    let limiter = RedisLimiter::new(ways::pooled(&POOLED.url())).with_clock(clock);
    ((), limiter.key_prefix(&prefix()).unwrap())
}

pub(crate) async fn sentinel_limiter(clock: ManualClock) -> ((), RedisLimiter) {
    let limiter = RedisLimiter::new(SENTINELS.connection()).with_clock(clock);
    ((), limiter.key_prefix(&prefix()).unwrap())
}

pub(crate) async fn cluster_limiter(clock: ManualClock) -> ((), RedisLimiter) {
    let limiter = RedisLimiter::new(CLUSTER.client()).with_clock(clock);
    ((), limiter.key_prefix(&prefix()).unwrap())
}

/// A limiter that goes by the server's clock, and the prefix of its keys.
pub(crate) async fn real_time_limiter() -> (RedisLimiter, String) {
    let (limiter, prefix) = (RedisLimiter::new(SERVER.connection().await), prefix());
    (limiter.key_prefix(&prefix).unwrap(), prefix)
}

/// The names of the keys with this prefix, and the bytes that each takes.
pub(crate) async fn keys(prefix: &str) -> Vec<(String, u64)> {
    let mut connection = SERVER.connection().await;
    let pattern = format!("*{prefix}*");
    let names: Vec<String> = redis::cmd("KEYS")
        .arg(pattern)
        .query_async(&mut connection)
        .await
        .unwrap();
    let mut keys = Vec::new();
    for name in names {
        let mut usage = redis::cmd("MEMORY");
        usage.arg("USAGE").arg(&name);
        let bytes = usage.query_async(&mut connection).await.unwrap();
        keys.push((name, bytes));
    }
    keys
}

/// The limiters of two nodes.
pub(crate) async fn two_limiters() -> [RedisLimiter; 2] {
    let prefix = prefix();
    let [one, other] = [SERVER.connection().await, SERVER.connection().await];
    [one, other].map(|connection| RedisLimiter::new(connection).key_prefix(&prefix).unwrap())
}

fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}:", COUNT.fetch_add(1, Ordering::Relaxed))
}
