//! The ways of connecting, each to servers of its own.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use device_grant::store::RedisConnection;
use tokio::runtime::Runtime;

use super::cluster::{self, Cluster, MASTERS};
use super::runtime::RUNTIME;
use super::sentinels;
use super::server::{Server, connection};

/// Servers, and one way of connecting to them.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) masters: Vec<Server>,
    pub(crate) connection: RedisConnection,
    _others: Vec<Server>,
}

/// The ways to a server, or to a proxy in front of it.
pub(crate) const TO_ONE: [&str; 3] = ["manager", "pool", "sentinel"];

impl Way {
    /// Connects to what listens on this port; a Sentinel is started beside it.
    pub(crate) fn to_one(name: &'static str, runtime: &Runtime, server: Server, port: u16) -> Self {
        let url = format!("redis://127.0.0.1:{port}/");
        let mut others = Vec::new();
        let connection = match name {
            "manager" => runtime.block_on(connection(&url)).into(),
            "pool" => pooled(&url),
            "sentinel" => {
                others.push(sentinels::sentinel(port, 1));
                sentinels::connection(&others)
            }
            name => panic!("there is no way {name}"),
        };
        Self {
            name,
            masters: vec![server],
            connection,
            _others: others,
        }
    }

    fn to_cluster() -> Self {
        let Cluster { mut nodes } = Cluster::start();
        let urls = nodes.iter().map(Server::url).collect();
        let others = nodes.split_off(MASTERS);
        Self {
            name: "cluster",
            masters: nodes,
            connection: cluster::client(urls).into(),
            _others: others,
        }
    }
}

/// Every way, by turns: who has them is alone with them.
pub(crate) fn all() -> MutexGuard<'static, Vec<Way>> {
    static ALL: LazyLock<Mutex<Vec<Way>>> = LazyLock::new(|| {
        let to_one = TO_ONE.map(|name| {
            let server = Server::start();
            let port = server.port();
            Way::to_one(name, &RUNTIME, server, port)
        });
        to_one
            .into_iter()
            .chain([Way::to_cluster()])
            .collect::<Vec<_>>()
            .into()
    });
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A pool of four connections, as a host has it.
pub(crate) fn pooled(url: &str) -> RedisConnection {
    let pool = deadpool_redis::Config::from_url(url).builder().unwrap();
    let pool = pool.max_size(4).build().unwrap();
    RedisConnection::pooled(move || {
        let pool = pool.clone();
        async move { pool.get().await }
    })
}
