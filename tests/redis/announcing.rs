//! Decisions at one node, and polls that wait at another one.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use device_grant::DeviceGrants;
use device_grant::host::{Announcer, System};
use device_grant::store::{RedisConnection, RedisStore};
use redis::Client;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use crate::flow::{self, Device};
use crate::patience::until;
use crate::runtime::RUNTIME;
use crate::sentinels::Sentinels;
use crate::server::Server;
use crate::ways;

/// Longer than any wait, so that no look of the poll itself finds the decision.
const INTERVAL: Duration = Duration::from_secs(60);

/// More than the connections of a pool.
const CROWD: usize = 8;

/// The announcer of a store, which listens at this server.
fn announcer(store: &RedisStore, url: &str) -> Arc<dyn Announcer> {
    let client = Client::open(url).unwrap();
    store.announcer(move || {
        let client = client.clone();
        async move { client.get_async_pubsub().await }
    })
}

/// Two nodes, of which the first one listens.
struct Nodes {
    waiting: DeviceGrants,
    deciding: DeviceGrants,
    listening: JoinHandle<()>,
}

impl Nodes {
    fn start(
        connection: &RedisConnection,
        announcer: impl Fn(&RedisStore) -> Arc<dyn Announcer>,
    ) -> Self {
        let [waiting, deciding] = [(); 2].map(|()| {
            let store = RedisStore::new(connection.clone());
            let announcer = announcer(&store);
            let builder = flow::builder(store).polling_interval(INTERVAL);
            builder.timer(System).announcer(announcer).build().unwrap()
        });
        let listener = waiting.clone();
        let listening = async move { match listener.listen().await {} };
        Self {
            waiting,
            deciding,
            listening: RUNTIME.spawn(listening),
        }
    }

    /// Approves at one node what waits at the other one.
    fn decisions_end_the_waits(&self, name: &str) {
        let after = RUNTIME.block_on(self.approve());
        assert!(after < Duration::from_secs(20), "{name}: after {after:?}");
    }

    /// Returns how long the polls waited after the approvals.
    async fn approve(&self) -> Duration {
        let (mut polls, mut tickets) = (Vec::new(), Vec::new());
        for _ in 0..CROWD {
            let device = Device::authorize(&self.waiting).await.unwrap();
            tickets.push(device.review(&self.deciding).await.unwrap().ticket);
            let node = self.waiting.clone();
            polls.push(tokio::spawn(async move { device.wait(&node).await }));
        }
        while self.waiting.waiting_polls() < CROWD {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for ticket in &tickets {
            flow::approve(&self.deciding, ticket).await.unwrap();
        }
        let approved_at = tokio::time::Instant::now();
        for poll in polls {
            assert_eq!(poll.await.unwrap().unwrap().status, 200);
        }
        approved_at.elapsed()
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Returns the connection to this server that hears decisions, once there is another one than `before`.
fn listening(server: &Server, before: &str) -> String {
    let mut found = String::new();
    until("a node listens", || {
        let answer = server.command(&["CLIENT", "LIST", "TYPE", "pubsub"]);
        // Sentinels hear each other on channels of their own.
        let is_node = |line: &&str| line.contains(" sub=1 ") && !line.contains(" name=sentinel");
        let connections = answer.lines().filter(is_node);
        let mut ids = connections.filter_map(|line| line.split_whitespace().next());
        if let Some(id) = ids.find(|id| *id != before) {
            found = id.to_owned();
        }
        !found.is_empty()
    });
    found
}

#[test]
fn decisions_at_one_node_end_the_waits_at_another() {
    for way in ways::all().iter() {
        // In a Cluster, a node hears at any server what is published at any other.
        let server = way.masters.last().unwrap();
        let nodes = Nodes::start(&way.connection, |store| announcer(store, &server.url()));
        listening(server, "");
        nodes.decisions_end_the_waits(way.name);
    }
}

#[test]
fn a_listener_that_loses_its_connection_listens_again() {
    let server = Server::start();
    let connection = RUNTIME.block_on(server.connection()).into();
    let nodes = Nodes::start(&connection, |store| announcer(store, &server.url()));
    let lost = listening(&server, "");
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    listening(&server, &lost);
    nodes.decisions_end_the_waits("again");
}

#[test]
fn a_listener_follows_the_master_that_sentinels_name() {
    let mut stage = Sentinels::start();
    let nodes = Nodes::start(&stage.connection(), |store| {
        let sentinels = Arc::new(Mutex::new(stage.client()));
        store.announcer(move || {
            let sentinels = Arc::clone(&sentinels);
            async move {
                let master = sentinels.lock().await.async_get_client().await?;
                master.get_async_pubsub().await
            }
        })
    });
    listening(&stage.nodes[0], "");
    stage.nodes[0].kill();
    stage.wait_for_another_master(0);
    let master = stage.master().unwrap();
    listening(&stage.nodes[master], "");
    nodes.decisions_end_the_waits("the new master");
}

/// A way to a server that stops passing anything on, with its connections open, when it is told to.
async fn proxy(port: u16, stop: Arc<Notify>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap();
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
            () = stop.notified() => std::future::pending().await,
        }
    });
    own
}

#[test]
fn a_connection_that_has_become_silent_is_given_up() {
    let server = Server::start();
    let stop = Arc::new(Notify::new());
    let port = RUNTIME.block_on(proxy(server.port(), Arc::clone(&stop)));
    let store = RedisStore::new(RUNTIME.block_on(server.connection()));
    let announcer = announcer(&store, &format!("redis://127.0.0.1:{port}/"));
    let listener = RUNTIME.spawn(async move { announcer.listen(&|_| ()).await });
    listening(&server, "");
    stop.notify_one();
    let error = RUNTIME.block_on(listener).unwrap().unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}
