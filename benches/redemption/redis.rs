use std::time::Duration;

use device_grant::store::RedisStore;

use self::cluster::Cluster;
use self::server::Server;
use crate::stage::Stage;

#[path = "../../tests/redis/cluster.rs"]
#[expect(dead_code, reason = "the tests do more with it")]
mod cluster;
#[path = "../../tests/redis/patience.rs"]
mod patience;
#[path = "../../tests/redis/runtime.rs"]
mod runtime;
#[path = "../../tests/redis/server.rs"]
#[expect(dead_code, reason = "the tests do more with it")]
mod server;
#[path = "../../tests/redis/stats.rs"]
#[expect(dead_code, reason = "the tests do more with it")]
mod stats;

/// One server with an append-only file, as Debian's package starts it otherwise.
pub(crate) fn set_up() -> Stage {
    let options = [
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
    ];
    let server = Server::start_with(&options);
    Stage::new(server.url(), server)
}

pub(crate) async fn open(way: &str) -> RedisStore {
    RedisStore::new(server::connection(way).await)
}

/// Three masters with a replica each. On a machine that is too busy no replica is to take over, and lose reviews.
pub(crate) fn set_up_cluster() -> Stage {
    let cluster = Cluster::start();
    for node in &cluster.nodes {
        node.command(&["CONFIG", "SET", "cluster-node-timeout", "60000"]);
    }
    Stage::new(cluster.urls().join(","), cluster)
}

/// Decisions and commits wait for the replica.
pub(crate) async fn open_cluster(way: &str) -> RedisStore {
    let client = cluster::client(way.split(',').map(str::to_owned).collect());
    RedisStore::new(client.clone()).wait_for_replicas(1, Duration::from_secs(1), client)
}
