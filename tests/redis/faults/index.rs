//! The index never misses a grant, wherever a write ends.

use std::any::Any;

use device_grant::host::{GrantDirectory, GrantStore, GrantsOf, PageRequest, Row};
use device_grant::store::RedisStore;
use device_grant::testing::conformance::store::fixtures::*;

use super::cut::{cluster, connection, every_cut};
use crate::patience::{Patience, until};
use crate::proxy::{Cut, Proxy};
use crate::runtime::RUNTIME;
use crate::server::Server;
use crate::stats::statements;

/// An indexed store over connections that can be cut.
struct Fixture {
    _servers: Box<dyn Any>,
    proxies: Vec<Proxy>,
    store: RedisStore,
}

impl Fixture {
    fn single() -> Self {
        let server = Server::start();
        let proxy = Proxy::to(server.port());
        let store = RedisStore::new(RUNTIME.block_on(connection(&proxy)));
        Self {
            _servers: Box::new(server),
            proxies: vec![proxy],
            store: store.indexed(),
        }
    }

    fn cluster() -> Self {
        let (cluster, proxies, client) = cluster();
        Self {
            _servers: Box::new(cluster),
            proxies,
            store: RedisStore::new(client).indexed(),
        }
    }

    fn cut(&self, cut: Cut, statements: i64) {
        self.proxies
            .iter()
            .for_each(|proxy| proxy.cut(cut, statements));
    }

    fn mend(&self) {
        self.proxies.iter().for_each(Proxy::mend);
    }
}

/// Asks until the server, or the connection, is there again.
async fn patiently<T, E>(mut ask: impl AsyncFnMut() -> Result<T, E>) -> T {
    let patience = Patience::new();
    loop {
        if let Ok(answer) = ask().await {
            return answer;
        }
        assert!(!patience.is_over(), "the store does not come back");
    }
}

async fn is_listed(store: &RedisStore, of: GrantsOf, row: &Row) -> bool {
    let page = PageRequest::first(row.issuer.clone(), of, 10_000);
    let listed = patiently(async || store.list(&page).await).await;
    listed.iter().any(|listed| listed.id == row.id)
}

async fn found(store: &RedisStore, number: u64) -> Option<Row> {
    patiently(async || store.find(&id(number)).await).await
}

/// Holds after every write, acknowledged or not: who approved a grant finds it.
async fn an_approval_is_listed(store: &RedisStore, number: u64, at: &str) -> bool {
    let row = found(store, number).await.expect("it was inserted");
    let Some(subject) = row.subject.clone() else {
        return false;
    };
    let of = GrantsOf::Subject(subject);
    assert!(is_listed(store, of, &row).await, "{at}: not listed");
    true
}

fn an_approval_that_is_cut_is_listed_if_it_is_written(t: &Fixture) {
    let mut written = 0;
    for (number, (cut, statement)) in (1..).zip(every_cut()) {
        let at = format!("{cut:?} {statement}");
        RUNTIME.block_on(async {
            let row = insert(&t.store, &new_row(number)).await;
            t.cut(cut, statement);
            let replaced = t.store.replace(&Shape::approved().over(&row, 9)).await;
            t.mend();
            let is_written = an_approval_is_listed(&t.store, number, &at).await;
            assert!(is_written || replaced.is_err(), "{at}: {replaced:?}");
            written += u64::from(is_written);
        });
    }
    assert!(written > 0, "nothing was ever written");
}

fn an_insertion_that_is_cut_is_listed_once_it_is_acknowledged(t: &Fixture) {
    for (number, (cut, statement)) in (1..).zip(every_cut()) {
        RUNTIME.block_on(async {
            t.cut(cut, statement);
            let inserted = t.store.insert(&new_row(number)).await;
            t.mend();
            if matches!(inserted, Ok(Some(_))) {
                let row = found(&t.store, number).await.expect("it was acknowledged");
                let of = GrantsOf::Client(row.client_id.clone());
                let is_listed = is_listed(&t.store, of, &row).await;
                assert!(is_listed, "{cut:?} {statement}: not listed");
            }
        });
    }
}

#[test]
fn an_approval_that_meets_a_cut_is_listed_if_it_is_written() {
    an_approval_that_is_cut_is_listed_if_it_is_written(&Fixture::single());
}

#[test]
fn on_a_cluster_an_approval_that_meets_a_cut_is_listed_if_it_is_written() {
    an_approval_that_is_cut_is_listed_if_it_is_written(&Fixture::cluster());
}

#[test]
fn an_insertion_that_meets_a_cut_is_listed_once_it_is_acknowledged() {
    an_insertion_that_is_cut_is_listed_once_it_is_acknowledged(&Fixture::single());
}

#[test]
fn on_a_cluster_an_insertion_that_meets_a_cut_is_listed_once_it_is_acknowledged() {
    an_insertion_that_is_cut_is_listed_once_it_is_acknowledged(&Fixture::cluster());
}

/// The number of grants that are approved at once when the server is killed, and of kills.
const GRANTS: u64 = 60;
const KILLS: u64 = 3;

#[test]
fn approvals_under_way_when_the_server_is_killed_are_listed_if_they_are_written() {
    let mut server = Server::start_with(&[
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ]);
    let store = RedisStore::new(RUNTIME.block_on(server.connection())).indexed();
    let mut written = 0;
    for round in 0..KILLS {
        let numbers = round * GRANTS..(round + 1) * GRANTS;
        let insert = |number| RUNTIME.block_on(insert(&store, &new_row(number)));
        let rows: Vec<_> = numbers.clone().map(insert).collect();
        let before = statements(&server);
        let approve = |row: Row| {
            let (store, approval) = (store.clone(), Shape::approved().over(&row, 9_000));
            RUNTIME.spawn(async move { store.replace(&approval).await })
        };
        let approvals: Vec<_> = rows.into_iter().map(approve).collect();
        until("some are under way", || {
            statements(&server) > before + GRANTS / 2
        });
        server.kill();
        server.restart();
        for approval in approvals {
            let _ = RUNTIME.block_on(approval).unwrap();
        }
        for number in numbers {
            let listed = an_approval_is_listed(&store, number, "killed");
            written += u64::from(RUNTIME.block_on(listed));
        }
    }
    println!("{written} of {} approvals were written", KILLS * GRANTS);
}
