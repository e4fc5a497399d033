//! A master with two replicas, and three Sentinels that watch it.

use device_grant::store::RedisConnection;
use redis::ConnectionAddr;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};

use super::patience::until;
use super::server::Server;

const NAME: &str = "grants";

pub(crate) struct Sentinels {
    pub(crate) nodes: Vec<Server>,
    sentinels: Vec<Server>,
}

impl Sentinels {
    pub(crate) fn start() -> Self {
        let options = ["--save", "", "--repl-diskless-sync-delay", "0"];
        let nodes: Vec<Server> = (0..3).map(|_| Server::start_with(&options)).collect();
        let master = nodes[0].port().to_string();
        for replica in &nodes[1..] {
            replica.command(&["REPLICAOF", "127.0.0.1", &master]);
        }
        let sentinels = (0..3).map(|_| sentinel(nodes[0].port(), 2)).collect();
        let stage = Self { nodes, sentinels };
        for sentinel in &stage.sentinels {
            until("the Sentinels know each other and the replicas", || {
                let info = sentinel.command(&["INFO", "sentinel"]);
                info.contains("status=ok") && info.contains("slaves=2,sentinels=3")
            });
        }
        stage.wait_until_in_step(0);
        stage
    }

    pub(crate) fn connection(&self) -> RedisConnection {
        connection(&self.sentinels)
    }

    pub(crate) fn client(&self) -> SentinelClient {
        client(&self.sentinels)
    }

    /// The number of the server that all Sentinels take for the master.
    pub(crate) fn master(&self) -> Option<usize> {
        let mut named = self.sentinels.iter().map(|sentinel| {
            let answer = sentinel.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME]);
            let port = |server: &Server| answer.contains(&format!("\r\n{}\r\n", server.port()));
            self.nodes.iter().position(port)
        });
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)?
    }

    /// Waits until each replica that runs has all that this master has.
    pub(crate) fn wait_until_in_step(&self, master: usize) {
        until("the replicas follow", || {
            let info = self.nodes[master].command(&["INFO", "replication"]);
            let offset = info
                .lines()
                .find_map(|line| line.strip_prefix("master_repl_offset:"))
                .map(|offset| format!("state=online,offset={offset},"));
            offset.is_some_and(|offset| info.matches(&offset).count() >= 1)
        });
    }

    /// Has the Sentinels make another server the master, while the old one goes on as a replica.
    pub(crate) fn hand_over(&self) {
        until("the Sentinels begin", || {
            self.sentinels[0]
                .command(&["SENTINEL", "FAILOVER", NAME])
                .starts_with("+OK")
        });
    }

    pub(crate) fn wait_for_another_master(&self, old: usize) {
        until("another master takes over", || {
            let master = self.master().filter(|master| *master != old);
            master.is_some_and(|master| {
                let role = self.nodes[master].command(&["INFO", "replication"]);
                role.contains("role:master")
            })
        });
    }

    /// Ends all Sentinels, so that nobody says where the master is.
    pub(crate) fn lose_sight(&mut self) {
        self.sentinels.iter_mut().for_each(Server::kill);
    }
}

/// A connection as a host has it.
pub(crate) fn connection(sentinels: &[Server]) -> RedisConnection {
    client(sentinels).into()
}

fn client(sentinels: &[Server]) -> SentinelClient {
    let address = |server: &Server| ConnectionAddr::Tcp("127.0.0.1".to_owned(), server.port());
    let addresses = sentinels.iter().map(address);
    let client = SentinelClientBuilder::new(addresses, NAME, SentinelServerType::Master);
    client.unwrap().build().unwrap()
}

/// A Sentinel of the master on this port, who is gone when so many of them say so.
pub(crate) fn sentinel(master: u16, quorum: usize) -> Server {
    Server::start_sentinel(&format!(
        "sentinel monitor {NAME} 127.0.0.1 {master} {quorum}\n\
         sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\n\
         sentinel failover-timeout {NAME} 3000\n"
    ))
}

/// The milliseconds after which Sentinels take a server that does not answer for one that is gone.
const DOWN_AFTER: u32 = 1_000;
