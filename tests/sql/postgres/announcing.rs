//! Decisions at one node, and polls that wait at another one.

use std::time::Duration;

use deadpool_postgres::tokio_postgres::NoTls;
use device_grant::DeviceGrants;
use device_grant::DeviceTokenRequest;
use device_grant::host::{Announcer, System};
use device_grant::message::{DeviceAuthorizationResponse, Reply};
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::PgPool;

use super::drivers::{Deadpool, Driver, Sqlx08, Sqlx09};
use super::server::{Login, Server};
use crate::clauses::harness::id;
use crate::executor::block_on;
use crate::flow;

/// Longer than any wait, so that no look of the poll itself finds the decision.
const INTERVAL: Duration = Duration::from_secs(60);

fn node(database: Database) -> DeviceGrants {
    let store = SqlStore::new(database);
    let announcer = store.announcer().expect("its driver hears notifications");
    let builder = flow::builder(store)
        .polling_interval(INTERVAL)
        .timer(System);
    builder.announcer(announcer).build().unwrap()
}

/// Two nodes, the first of which listens, and a pool for what a test does itself.
struct Nodes {
    waiting: DeviceGrants,
    deciding: DeviceGrants,
    pool: PgPool,
}

impl Nodes {
    fn start(login: &Login, database: fn(&Login) -> Database) -> Self {
        block_on(database(login).migrate()).unwrap();
        let nodes = Self {
            waiting: node(database(login)),
            deciding: node(database(login)),
            pool: login.pool(),
        };
        let listener = nodes.waiting.clone();
        block_on(async {
            tokio::spawn(async move { listener.listen().await });
            listening(&nodes.pool, 0).await;
        });
        nodes
    }

    /// Approves at one node what waits at the other one.
    fn decision_ends_the_wait(&self) {
        let (status, after) = block_on(approve(&self.waiting, &self.deciding));
        assert_eq!(status, 200);
        assert!(after < Duration::from_secs(20), "after {after:?}");
    }
}

/// Returns the process of the connection that listens, once there is another one than `before`.
async fn listening(pool: &PgPool, before: i32) -> i32 {
    let process = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> $1";
    loop {
        let found = sqlx::query_scalar(process)
            .bind(before)
            .fetch_optional(pool);
        if let Some(process) = found.await.unwrap() {
            return process;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn wait(node: DeviceGrants, device: &DeviceAuthorizationResponse) -> Reply {
    let request = DeviceTokenRequest::new(&*device.device_code).with_prefer(["wait=30"]);
    node.poll_or_wait(&flow::tv(), request).await.unwrap()
}

/// Approves at one node what waits at another one; returns the status and how long it waited.
async fn approve(waiting: &DeviceGrants, deciding: &DeviceGrants) -> (u16, Duration) {
    let device = flow::authorize(waiting).await.unwrap();
    let review = flow::review(deciding, &device).await.unwrap();
    let (node, code) = (waiting.clone(), device.clone());
    let poll = tokio::spawn(async move { wait(node, &code).await });
    while waiting.waiting_polls() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    flow::approve(deciding, &review).await.unwrap();
    let approved_at = tokio::time::Instant::now();
    (poll.await.unwrap().status, approved_at.elapsed())
}

fn hears(database: fn(&Login) -> Database) {
    let server = Server::start(&[]);
    let announcer = SqlStore::new(database(&server.login())).announcer();
    block_on(announcer.unwrap().announce(&id(1))).unwrap();
    Nodes::start(&server.login().size(4), database).decision_ends_the_wait();
}

fn listens_again(database: fn(&Login) -> Database) {
    let server = Server::start(&[]);
    let nodes = Nodes::start(&server.login().size(4), database);
    block_on(async {
        let process = listening(&nodes.pool, 0).await;
        let end = sqlx::query("SELECT pg_terminate_backend($1)").bind(process);
        end.execute(&nodes.pool).await.unwrap();
        listening(&nodes.pool, process).await;
    });
    nodes.decision_ends_the_wait();
}

mod sqlx_09 {
    use super::*;

    #[test]
    fn a_decision_at_one_node_ends_a_wait_at_another() {
        hears(Sqlx09::database);
    }

    #[test]
    fn a_listener_that_loses_its_connection_listens_again() {
        listens_again(Sqlx09::database);
    }
}

mod sqlx_08 {
    use super::*;

    #[test]
    fn a_decision_at_one_node_ends_a_wait_at_another() {
        hears(Sqlx08::database);
    }
}

mod deadpool {
    use super::*;

    fn hearing(login: &Login) -> Database {
        let config = Deadpool::config(login);
        Deadpool::database(login).hearing_by(move || {
            let config = config.clone();
            async move { config.connect(NoTls).await }
        })
    }

    #[test]
    fn a_decision_at_one_node_ends_a_wait_at_another() {
        hears(hearing);
    }

    #[test]
    fn a_listener_that_loses_its_connection_listens_again() {
        listens_again(hearing);
    }

    #[test]
    fn its_pool_has_no_connection_to_listen_on() {
        let server = Server::start(&[]);
        let store = SqlStore::new(Deadpool::database(&server.login()));
        assert!(store.announcer().is_none());
    }
}
