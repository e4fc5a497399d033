//! The connection is cut at every statement of approval and redemption, before it arrives and before it is
//! answered, or the answer comes too late.

use std::any::Any;
use std::collections::HashMap;
use std::time::Duration;

use device_grant::device_grants::DecisionError;
use device_grant::host::GrantStore;
use device_grant::store::RedisStore;
use device_grant::{DeviceGrants, PollOutcome};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::{ClusterClient, ClusterClientBuilder, NodeAddress};

use crate::cluster::{Cluster, MASTERS};
use crate::flow::{self, Device};
use crate::patience::Patience;
use crate::proxy::{Cut, Proxy};
use crate::runtime::RUNTIME;
use crate::server::Server;
use crate::ways::Way;
use device_grant::testing::conformance::store::fixtures::{Shape, by_code, by_id, insert, new_row};

/// A flow over connections that can be cut.
struct Fixture {
    _servers: Box<dyn Any>,
    proxies: Vec<Proxy>,
    grants: DeviceGrants,
}

impl Fixture {
    fn single() -> Self {
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        let store = RedisStore::new(RUNTIME.block_on(connection(&proxy)));
        Self::on(server, vec![proxy], store)
    }

    /// By this way, to a proxy in front of a server.
    fn by(way: &'static str) -> Self {
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        let way = Way::to_one(way, &RUNTIME, server, proxy.port());
        let store = RedisStore::new(way.connection.clone());
        Self::on(way, vec![proxy], store)
    }

    fn cluster() -> Self {
        let (cluster, proxies, client) = cluster();
        Self::on(cluster, proxies, RedisStore::new(client))
    }

    /// Decisions wait for a replica, over a connection of their own.
    fn waiting_cluster() -> Self {
        let (cluster, proxies, client) = cluster();
        let store = RedisStore::new(client.clone());
        let store = store.wait_for_replicas(1, Duration::from_millis(500), client);
        Self::on(cluster, proxies, store)
    }

    fn on(servers: impl Any, proxies: Vec<Proxy>, store: RedisStore) -> Self {
        Self {
            _servers: Box::new(servers),
            proxies,
            grants: flow::server(store),
        }
    }

    /// The statements that follow go to one server: a grant is one key.
    fn cut(&self, cut: Cut, statements: i64) {
        for proxy in &self.proxies {
            proxy.cut(cut, statements);
        }
    }

    fn has_cut(&self) -> bool {
        self.proxies.iter().any(Proxy::has_cut)
    }

    fn mend(&self) {
        self.proxies.iter().for_each(Proxy::mend);
    }
}

const ANSWERED_WITHIN: Duration = Duration::from_millis(400);

pub(super) async fn connection(proxy: &Proxy) -> ConnectionManager {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(ANSWERED_WITHIN))
        .set_min_delay(Duration::from_millis(5));
    let client = redis::Client::open(proxy.url()).unwrap();
    let connection = ConnectionManager::new_with_config(client, config);
    connection.await.unwrap()
}

/// A Cluster whose nodes a client reaches through proxies only.
pub(super) fn cluster() -> (Cluster, Vec<Proxy>, ClusterClient) {
    let cluster = Cluster::start();
    let proxies: Vec<Proxy> = cluster
        .nodes
        .iter()
        .map(|node| Proxy::to(node.port()))
        .collect();
    let ways = cluster.nodes.iter().zip(&proxies).map(|(node, proxy)| {
        let at = |port| NodeAddress::new("127.0.0.1", port);
        (at(node.port()), at(proxy.port()))
    });
    let client = ClusterClientBuilder::new(cluster.urls())
        .node_address_map(HashMap::from_iter(ways))
        .response_timeout(ANSWERED_WITHIN)
        .min_retry_wait(5)
        .max_retry_wait(50)
        .build()
        .unwrap();
    (cluster, proxies, client)
}

const STATEMENTS_OF_AN_APPROVAL: i64 = 2;
const STATEMENTS_OF_A_REDEMPTION: i64 = 3;

/// Every statement, in every way, and beyond the last, so that none is left out.
pub(super) fn every_cut() -> impl Iterator<Item = (Cut, i64)> {
    let cuts = [Cut::Before, Cut::After, Cut::Late];
    (0..6).flat_map(move |statement| cuts.map(|cut| (cut, statement)))
}

fn approvals_hold_once_they_are_acknowledged(t: &Fixture) {
    for (cut, statement) in every_cut() {
        RUNTIME.block_on(async {
            let device = Device::authorize(&t.grants).await.unwrap();
            let ticket = device.review(&t.grants).await.unwrap().ticket;
            t.cut(cut, statement);
            let mut errors = 0;
            while let Err(error) = flow::approve(&t.grants, &ticket).await {
                assert!(is_retryable(&error), "{cut:?} {statement}: {error:?}");
                errors += 1;
                assert!(errors < 3, "{cut:?} {statement}: {error:?}");
            }
            let is_within = statement < STATEMENTS_OF_AN_APPROVAL;
            assert!(t.has_cut() || !is_within, "{cut:?} {statement}: no cut");
            t.mend();
            let tokens = deliveries(t, &device, &format!("{cut:?} {statement}")).await;
            assert_eq!(tokens, 1, "{cut:?} {statement}");
        });
    }
}

fn redemptions_deliver_tokens_once(t: &Fixture) {
    for (cut, statement) in every_cut() {
        RUNTIME.block_on(async {
            let device = flow::approved(&t.grants).await;
            t.cut(cut, statement);
            let tokens = deliveries(t, &device, &format!("{cut:?} {statement}")).await;
            assert_eq!(tokens, 1, "{cut:?} {statement}");
            let is_within = statement < STATEMENTS_OF_A_REDEMPTION;
            assert!(t.has_cut() || !is_within, "{cut:?} {statement}: no cut");
            t.mend();
        });
    }
}

/// Returns how often the device gets tokens before the grant is used up.
async fn deliveries(t: &Fixture, device: &Device, at: &str) -> usize {
    let patience = Patience::new();
    let mut delivered = 0;
    loop {
        match device.poll(&t.grants).await {
            Ok(PollOutcome::Tokens(_)) => delivered += 1,
            Ok(PollOutcome::InvalidGrant) => return delivered,
            Ok(outcome) => assert!(outcome.is_pending(), "{at}: {outcome:?}"),
            Err(fault) => assert!(fault.is_retryable(), "{at}: {fault:?}"),
        }
        assert!(!patience.is_over(), "{at}: not spent");
    }
}

#[test]
fn an_approval_that_meets_a_cut_holds_once_it_is_acknowledged() {
    approvals_hold_once_they_are_acknowledged(&Fixture::single());
}

#[test]
fn by_a_pool_an_approval_that_meets_a_cut_holds_once_it_is_acknowledged() {
    approvals_hold_once_they_are_acknowledged(&Fixture::by("pool"));
}

#[test]
fn by_a_sentinel_an_approval_that_meets_a_cut_holds_once_it_is_acknowledged() {
    approvals_hold_once_they_are_acknowledged(&Fixture::by("sentinel"));
}

#[test]
fn on_a_cluster_an_approval_that_meets_a_cut_holds_once_it_is_acknowledged() {
    approvals_hold_once_they_are_acknowledged(&Fixture::cluster());
}

#[test]
fn an_approval_that_waits_for_a_replica_and_meets_a_cut_holds_once_it_is_acknowledged() {
    approvals_hold_once_they_are_acknowledged(&Fixture::waiting_cluster());
}

#[test]
fn a_redemption_that_meets_a_cut_delivers_tokens_once() {
    redemptions_deliver_tokens_once(&Fixture::single());
}

#[test]
fn by_a_pool_a_redemption_that_meets_a_cut_delivers_tokens_once() {
    redemptions_deliver_tokens_once(&Fixture::by("pool"));
}

#[test]
fn by_a_sentinel_a_redemption_that_meets_a_cut_delivers_tokens_once() {
    redemptions_deliver_tokens_once(&Fixture::by("sentinel"));
}

#[test]
fn on_a_cluster_a_redemption_that_meets_a_cut_delivers_tokens_once() {
    redemptions_deliver_tokens_once(&Fixture::cluster());
}

#[test]
fn a_redemption_that_waits_for_a_replica_and_meets_a_cut_delivers_tokens_once() {
    redemptions_deliver_tokens_once(&Fixture::waiting_cluster());
}

#[test]
fn an_authorization_that_meets_a_cut_leaves_nothing_that_gets_in_the_way() {
    let t = Fixture::single();
    for (cut, statement) in every_cut() {
        RUNTIME.block_on(async {
            t.cut(cut, statement);
            let _ = Device::authorize(&t.grants).await;
            t.mend();
            let device = Device::authorize(&t.grants).await.unwrap();
            assert!(
                device.review(&t.grants).await.is_ok(),
                "{cut:?} {statement}"
            );
        });
    }
}

/// A Cluster connection repeats what it lost the answer to. The repetition must not look like somebody else's write.
#[test]
fn a_write_that_the_connection_repeats_wins() {
    let (_cluster, proxies, client) = cluster();
    RUNTIME.block_on(async {
        let store = RedisStore::new(client);
        for number in 0..12 {
            let mut row = insert(&store, &new_row(number)).await;
            assert!(by_code(&store, number).await.is_some());
            for proxy in &proxies[..MASTERS] {
                proxy.cut(Cut::After, 0);
            }
            let approval = Shape::approved().over(&row, 1_000);
            let replaced = store.replace(&approval).await.unwrap();
            assert!(
                proxies.iter().any(Proxy::has_cut),
                "{number}: nothing was cut"
            );
            assert!(replaced, "{number}");
            proxies.iter().for_each(Proxy::mend);
            row.apply(&approval);
            assert_eq!(by_id(&store, number).await, Some(row));
        }
    });
}

fn is_retryable(error: &DecisionError) -> bool {
    matches!(error, DecisionError::Fault(fault) if fault.is_retryable())
}
