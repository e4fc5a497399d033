//! The connection is cut at every statement of approval and redemption, before it arrives and before it is answered.

use std::collections::HashMap;
use std::time::Duration;

use device_grant::device_grants::DecisionError;
use device_grant::grant::Stored;
use device_grant::host::{GrantStore, Replaced};
use device_grant::store::RedisStore;
use device_grant::{DeviceGrants, PollOutcome};
use redis::cluster::ClusterClientBuilder;
use redis::cluster::NodeAddress;

use crate::cluster::{Cluster, MASTERS};
use crate::flow::{self, Device};
use crate::proxy::{Cut, Proxy};
use crate::runtime::RUNTIME;
use crate::server::{self, Server};
use device_grant::testing::conformance::store::fixtures::{
    approved, by_code, grant, id, insert, revision, stored,
};

/// A flow over a connection that can be cut.
struct Fixture {
    _server: Server,
    proxy: Proxy,
    grants: DeviceGrants,
}

impl Fixture {
    fn new() -> Self {
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        let store = RedisStore::new(RUNTIME.block_on(server::connection(&proxy.url())));
        Self {
            _server: server,
            proxy,
            grants: flow::server(store),
        }
    }
}

/// Every statement, on either side, and beyond the last, so that none is left out.
fn every_cut() -> impl Iterator<Item = (Cut, i64)> {
    (0..6).flat_map(|statement| [(Cut::Before, statement), (Cut::After, statement)])
}

#[test]
fn an_approval_that_meets_a_cut_holds_once_it_is_acknowledged() {
    for (cut, statement) in every_cut() {
        let t = Fixture::new();
        RUNTIME.block_on(async {
            let device = Device::authorize(&t.grants).await.unwrap();
            let ticket = device.review(&t.grants).await.unwrap().ticket();
            t.proxy.cut(cut, statement);
            if let Err(error) = flow::approve(&t.grants, &ticket).await {
                assert!(is_retryable(&error), "{cut:?} {statement}: {error:?}");
                flow::approve(&t.grants, &ticket).await.unwrap();
            }
            t.proxy.mend();
            let outcome = device.poll(&t.grants).await.unwrap();
            assert!(
                matches!(outcome, PollOutcome::Tokens(_)),
                "{cut:?} {statement}: {outcome:?}"
            );
        });
    }
}

#[test]
fn a_redemption_that_meets_a_cut_delivers_tokens_once() {
    for (cut, statement) in every_cut() {
        let t = Fixture::new();
        RUNTIME.block_on(async {
            let device = flow::approved(&t.grants).await;
            t.proxy.cut(cut, statement);
            let mut delivered = 0;
            for _ in 0..3 {
                match device.poll(&t.grants).await {
                    Ok(PollOutcome::Tokens(_)) => delivered += 1,
                    Ok(PollOutcome::InvalidGrant) => {}
                    Ok(outcome) => panic!("{cut:?} {statement}: {outcome:?}"),
                    Err(fault) => assert!(fault.is_retryable(), "{cut:?} {statement}: {fault:?}"),
                }
            }
            assert_eq!(delivered, 1, "{cut:?} {statement}");
        });
    }
}

#[test]
fn an_authorization_that_meets_a_cut_leaves_nothing_that_gets_in_the_way() {
    for (cut, statement) in every_cut() {
        let t = Fixture::new();
        RUNTIME.block_on(async {
            t.proxy.cut(cut, statement);
            let _ = Device::authorize(&t.grants).await;
            t.proxy.mend();
            let device = Device::authorize(&t.grants).await.unwrap();
            assert!(
                device.review(&t.grants).await.is_ok(),
                "{cut:?} {statement}"
            );
        });
    }
}

/// The cuts above did happen: fewer statements than they reach.
#[test]
fn a_redemption_has_a_cut_at_each_of_its_statements() {
    for statement in 0..3 {
        let t = Fixture::new();
        RUNTIME.block_on(async {
            let device = flow::approved(&t.grants).await;
            t.proxy.cut(Cut::Before, statement);
            let _ = device.poll(&t.grants).await;
            assert!(t.proxy.has_cut(), "statement {statement}");
        });
    }
}

/// A Cluster connection repeats what it lost the answer to. The repetition must not look like somebody else's write.
#[test]
fn a_write_that_the_connection_repeats_wins() {
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
    let client = ClusterClientBuilder::new(cluster.nodes.iter().map(Server::url))
        .node_address_map(HashMap::from_iter(ways))
        .response_timeout(Duration::from_secs(5))
        .min_retry_wait(5)
        .max_retry_wait(50)
        .build()
        .unwrap();
    RUNTIME.block_on(async {
        let store = RedisStore::cluster(client);
        for number in 0..12 {
            insert(&store, &stored(number)).await;
            assert!(by_code(&store, number).await.is_some());
            for proxy in &proxies[..MASTERS] {
                proxy.cut(Cut::After, 0);
            }
            let next = Stored::new(approved(&grant(number)), revision(1_000));
            let replaced = store.replace(stored(number).revision, &next).await.unwrap();
            assert!(
                proxies.iter().any(Proxy::has_cut),
                "{number}: nothing was cut"
            );
            assert_eq!(replaced, Replaced::Won, "{number}");
            proxies.iter().for_each(Proxy::mend);
            assert_eq!(store.find(&id(number)).await.unwrap(), Some(next));
        }
    });
}

fn is_retryable(error: &DecisionError) -> bool {
    matches!(error, DecisionError::Fault(fault) if fault.is_retryable())
}
