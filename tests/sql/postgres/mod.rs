mod clocks;
mod directory;
mod durability;
mod faults;
mod lending;
mod limiter;
mod load;
mod proxy;
mod restarts;
mod round_trips;
mod schema;
mod server;
mod store;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use device_grant::store::PostgresStore;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use self::server::Server;
use crate::executor::block_on;

/// Shared by all tests that do not harm it.
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(&[]));

/// The isolation that a database gives to transactions which ask for none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

/// A store with tables of its own, on the shared server.
fn store(isolation: Isolation) -> PostgresStore {
    store_on(pool(SERVER.options(), isolation))
}

fn store_on(pool: PgPool) -> PostgresStore {
    let store = PostgresStore::new(pool).table_prefix(&prefix()).unwrap();
    block_on(store.migrate()).unwrap();
    store
}

/// Nobody else's.
fn prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("t{}_", NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn pool(options: PgConnectOptions, isolation: Isolation) -> PgPool {
    pool_of(10, options, isolation)
}

fn pool_of(size: u32, options: PgConnectOptions, isolation: Isolation) -> PgPool {
    let isolation = match isolation {
        Isolation::ReadCommitted => "read committed",
        Isolation::RepeatableRead => "repeatable read",
        Isolation::Serializable => "serializable",
    };
    let options = options.options([("default_transaction_isolation", isolation)]);
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false);
    // Within the runtime, where the pool has its tasks.
    block_on(async { pool.connect_lazy_with(options) })
}
