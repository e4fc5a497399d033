//! A Redis Cluster of three masters with a replica each.

use std::path::Path;
use std::time::Duration;

use redis::cluster::{ClusterClient, ClusterClientBuilder};

use super::patience::until;
use super::server::{Server, ask};
use super::stats::statements;

pub(crate) const MASTERS: usize = 3;
const SLOTS: usize = 16_384;

/// Six servers; the first three begin as masters, each followed by the one three places further on.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let nodes: Vec<Server> = (0..2 * MASTERS).map(|_| node()).collect();
        for (number, master) in nodes.iter().take(MASTERS).enumerate() {
            let slots = [number * SLOTS / MASTERS, (number + 1) * SLOTS / MASTERS - 1];
            let [first, last] = slots.map(|slot| slot.to_string());
            master.command(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
            master.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
        }
        let first = &nodes[0];
        for node in &nodes[1..] {
            let (port, bus) = (first.port().to_string(), bus_port(first).to_string());
            node.command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        for (number, replica) in nodes.iter().enumerate().skip(MASTERS) {
            let master = id(&nodes[number - MASTERS]);
            until("the nodes know each other", || {
                let answer = replica.command(&["CLUSTER", "REPLICATE", &master]);
                answer.starts_with("+OK")
            });
        }
        let cluster = Self { nodes };
        cluster.wait_until_whole();
        cluster
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Server::url).collect()
    }

    pub(crate) fn client(&self) -> ClusterClient {
        client(self.urls())
    }

    pub(crate) fn directory(&self) -> &Path {
        self.nodes[0].directory()
    }

    /// Returns the number of statements that this node got.
    pub(crate) fn statements(&self, number: usize) -> u64 {
        statements(&self.nodes[number])
    }

    /// Kills this master, and waits until its replica has taken over.
    pub(crate) fn fail_over(&mut self, master: usize) {
        self.nodes[master].kill();
        let replica = &self.nodes[master + MASTERS];
        until("the replica takes over", || {
            replica
                .command(&["INFO", "replication"])
                .contains("role:master")
        });
        until("the cluster serves again", || {
            replica
                .command(&["CLUSTER", "INFO"])
                .contains("cluster_state:ok")
        });
    }

    /// Starts a master that was killed; it follows what was its replica.
    pub(crate) fn join_again(&mut self, master: usize) {
        self.nodes[master].restart();
        until("the old master follows", || {
            let info = self.nodes[master].command(&["INFO", "replication"]);
            info.contains("role:slave") && info.contains("master_link_status:up")
        });
    }

    /// Waits until every node that runs finds every slot served, and every master that runs has a replica in step.
    fn wait_until_whole(&self) {
        for node in &self.nodes {
            until("the cluster is whole", || {
                let info = node.command(&["CLUSTER", "INFO"]);
                info.contains("cluster_state:ok")
                    && info.contains("cluster_slots_ok:16384")
                    && info.contains("cluster_known_nodes:6")
            });
        }
        for replica in &self.nodes[MASTERS..] {
            until("the replicas follow", || {
                replica
                    .command(&["INFO", "replication"])
                    .contains("master_link_status:up")
            });
        }
    }
}

/// A client as a host has it.
pub(crate) fn client(urls: Vec<String>) -> ClusterClient {
    let client = ClusterClientBuilder::new(urls)
        .response_timeout(Duration::from_secs(2))
        .connection_timeout(Duration::from_secs(1))
        .build();
    client.unwrap()
}

fn node() -> Server {
    let bus = super::server::free_port().to_string();
    Server::start_with(&[
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &bus,
        "--cluster-node-timeout",
        "1000",
        "--repl-diskless-sync-delay",
        "0",
        "--save",
        "",
        "--appendonly",
        "no",
    ])
}

fn bus_port(node: &Server) -> u16 {
    let answer = node.command(&["CONFIG", "GET", "cluster-port"]);
    let port = answer
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .next_back();
    port.expect("a cluster node has a bus port")
}

fn id(node: &Server) -> String {
    let answer = ask(node.port(), &["CLUSTER", "MYID"]).unwrap();
    answer.lines().nth(1).unwrap().trim().to_owned()
}
