//! Whoever asked goes away: a future is dropped at each point at which it waits.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Clock, System};
use device_grant::store::RedisStore;
use device_grant::{Fault, PollOutcome};
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use crate::flow::{self, Device};
use crate::server::Server;
use crate::ways::Way;

/// The system's clock, and what it was moved on.
#[derive(Clone, Default)]
struct Ahead(Arc<AtomicI64>);

impl Ahead {
    fn move_on(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        let seconds = self.0.load(Ordering::SeqCst).unsigned_abs();
        System.now() + Duration::from_secs(seconds)
    }
}

/// Where a future is dropped: it has waited so often, and what it last waited for has come or not.
#[derive(Clone, Copy, Debug)]
struct Drop {
    waits: usize,
    has_come: bool,
}

impl Drop {
    /// Every one of a future that waits at most so often.
    fn every() -> impl Iterator<Item = Self> {
        (1..12).flat_map(|waits| [false, true].map(|has_come| Self { waits, has_come }))
    }

    /// True if the future came to its end before.
    async fn run(self, future: impl Future) -> bool {
        let mut future = pin!(future);
        let mut waits = 0;
        poll_fn(|context| {
            if waits == self.waits {
                return Poll::Ready(false);
            }
            let is_over = future.as_mut().poll(context).is_ready();
            waits += 1;
            match (is_over, waits == self.waits && !self.has_come) {
                (true, _) => Poll::Ready(true),
                (false, true) => Poll::Ready(false),
                (false, false) => Poll::Pending,
            }
        })
        .await
    }
}

/// Asserts the promises of a store whose callers are dropped.
fn nothing_is_lost_or_doubled(runtime: &Runtime, store: &RedisStore, redelivery: Option<Duration>) {
    let clock = Ahead::default();
    let builder = flow::builder(store.clone().with_clock(clock.clone())).clock(clock.clone());
    let builder = match redelivery {
        Some(window) => builder.redelivery(window),
        None => builder,
    };
    let grants = builder.lease(Duration::from_secs(2)).build().unwrap();
    let mut dropped = 0;
    for drop in Drop::every() {
        runtime.block_on(async {
            let device = Device::authorize(&grants).await.unwrap();
            let ticket = device.review(&grants).await.unwrap().ticket;
            drop.run(flow::approve(&grants, &ticket)).await;
            flow::approve(&grants, &ticket).await.unwrap();

            let mut delivered = BTreeSet::new();
            let poll = async { note(device.poll(&grants).await, &mut delivered) };
            let is_over = drop.run(poll).await;
            dropped += usize::from(!is_over);
            clock.move_on(5);
            for _ in 0..2 {
                note(device.poll(&grants).await, &mut delivered);
            }
            let may_be_none = !is_over && redelivery.is_none();
            let least = usize::from(!may_be_none);
            assert!(
                (least..=1).contains(&delivered.len()),
                "{drop:?}: {delivered:?}"
            );
            clock.move_on(60);
            let outcome = device.poll(&grants).await.unwrap();
            assert!(
                matches!(outcome, PollOutcome::InvalidGrant),
                "{drop:?}: {outcome:?}"
            );
        });
    }
    // A redemption waits three times.
    assert!(dropped >= 5, "only {dropped} were dropped");
}

fn note(outcome: Result<PollOutcome, Fault>, delivered: &mut BTreeSet<String>) {
    let outcome = outcome.unwrap();
    if let PollOutcome::Tokens(tokens) = &outcome {
        delivered.insert(serde_json::to_string(tokens).unwrap());
    } else {
        assert!(matches!(outcome, PollOutcome::InvalidGrant), "{outcome:?}");
    }
}

/// With one thread, on which every answer has to be waited for.
fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn by_this_way_nothing_is_lost_or_doubled(way: &'static str) {
    let server = Server::start();
    let port = server.port();
    let runtime = runtime();
    let way = Way::to_one(way, &runtime, server, port);
    let store = RedisStore::new(way.connection.clone());
    nothing_is_lost_or_doubled(&runtime, &store, None);
    nothing_is_lost_or_doubled(&runtime, &store, Some(Duration::from_secs(30)));
}

#[test]
fn a_caller_who_goes_away_loses_and_doubles_nothing() {
    by_this_way_nothing_is_lost_or_doubled("manager");
}

#[test]
fn by_a_pool_a_caller_who_goes_away_loses_and_doubles_nothing() {
    by_this_way_nothing_is_lost_or_doubled("pool");
}

#[test]
fn by_a_sentinel_a_caller_who_goes_away_loses_and_doubles_nothing() {
    by_this_way_nothing_is_lost_or_doubled("sentinel");
}

#[test]
fn on_a_cluster_a_caller_who_goes_away_loses_and_doubles_nothing() {
    let cluster = Cluster::start();
    let store = RedisStore::new(cluster.client());
    let runtime = runtime();
    nothing_is_lost_or_doubled(&runtime, &store, None);
    nothing_is_lost_or_doubled(&runtime, &store, Some(Duration::from_secs(30)));
}
