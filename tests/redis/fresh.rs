//! A store or limiter that nobody has used, on servers that all tests share: each has a prefix of its own.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use device_grant::limiter::RedisLimiter;
use device_grant::store::RedisStore;

use crate::cluster::Cluster;
use crate::on_runtime::{OnRuntime, RUNTIME};
use crate::server::Server;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

pub(crate) fn single_store() -> OnRuntime<RedisStore> {
    let store = RedisStore::new(RUNTIME.block_on(SERVER.connection()));
    OnRuntime(store.key_prefix(&prefix()).unwrap())
}

pub(crate) fn cluster_store() -> OnRuntime<RedisStore> {
    let store = RedisStore::cluster(CLUSTER.client());
    OnRuntime(store.key_prefix(&prefix()).unwrap())
}

pub(crate) fn single_limiter() -> OnRuntime<RedisLimiter> {
    let limiter = RedisLimiter::new(RUNTIME.block_on(SERVER.connection()));
    OnRuntime(limiter.key_prefix(&prefix()).unwrap())
}

pub(crate) fn cluster_limiter() -> OnRuntime<RedisLimiter> {
    let limiter = RedisLimiter::cluster(CLUSTER.client());
    OnRuntime(limiter.key_prefix(&prefix()).unwrap())
}

fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}:", COUNT.fetch_add(1, Ordering::Relaxed))
}
