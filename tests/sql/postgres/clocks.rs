//! Nodes whose clocks disagree, with each other or with the server.

use std::time::Duration;

use device_grant::PollOutcome;
use device_grant::grant::Timestamp;
use device_grant::host::{Clock, System};
use device_grant::testing::ManualClock;

use super::drivers::Driver;
use super::{Isolation, store};
use crate::executor::block_on;
use crate::flow;

const MINUTE: i64 = 60_000_000;

on_each_driver!(
    nodes_whose_clocks_are_two_seconds_apart_share_a_flow,
    nodes_more_than_an_hour_off_neither_expire_nor_purge_what_is_live,
);

fn nodes_whose_clocks_are_two_seconds_apart_share_a_flow<D: Driver>() {
    let skew = Duration::from_secs(2);
    let server = ManualClock::new();
    let store = store::<D>(Isolation::ReadCommitted);
    let store = store.with_clock(server.clone());
    for (ahead, behind) in [(0, 1), (1, 0)] {
        let clocks = [(); 2].map(|()| ManualClock::new());
        clocks[ahead].advance(skew);
        let nodes = clocks.clone().map(|clock| {
            let node = flow::builder(store.clone()).clock(clock).clock_skew(skew);
            node.build().unwrap()
        });
        block_on(async {
            let device = flow::authorize(&nodes[ahead]).await.unwrap();
            // Always in time, and each time at the other node.
            for poll in 0..10 {
                let polled = flow::poll(&nodes[poll % 2], &device).await.unwrap();
                assert!(matches!(polled, PollOutcome::Pending), "{polled:?}");
                for clock in clocks.iter().chain([&server]) {
                    clock.advance(Duration::from_secs(5));
                }
            }
            let review = flow::review(&nodes[behind], &device).await.unwrap();
            flow::approve(&nodes[ahead], &review).await.unwrap();
            let polled = flow::poll(&nodes[behind], &device).await.unwrap();
            assert!(matches!(polled, PollOutcome::Tokens(_)), "{polled:?}");
            let polled = flow::poll(&nodes[ahead], &device).await.unwrap();
            assert!(matches!(polled, PollOutcome::InvalidGrant), "{polled:?}");
        });
    }
}

/// The server tells the time: neither node is right, and neither ends or revives a grant.
fn nodes_more_than_an_hour_off_neither_expire_nor_purge_what_is_live<D: Driver>() {
    let store = store::<D>(Isolation::ReadCommitted);
    let nodes = [75, -75].map(|minutes| {
        let clock = ManualClock::new();
        clock.set(Timestamp::from_micros(
            System.now().as_micros() + minutes * MINUTE,
        ));
        flow::builder(store.clone()).clock(clock).build().unwrap()
    });
    for (one, other) in [(0, 1), (1, 0)].map(|(one, other)| (&nodes[one], &nodes[other])) {
        block_on(async {
            let device = flow::authorize(one).await.unwrap();
            for node in [one, other] {
                assert_eq!(node.purge(1_000).await.unwrap(), 0, "nothing is over");
                let polled = flow::poll(node, &device).await.unwrap();
                assert!(matches!(polled, PollOutcome::Pending), "{polled:?}");
            }
            let review = flow::review(other, &device).await.unwrap();
            flow::approve(one, &review).await.unwrap();
            assert_eq!(one.purge(1_000).await.unwrap(), 0, "nothing is over");
            let polled = flow::poll(other, &device).await.unwrap();
            assert!(matches!(polled, PollOutcome::Tokens(_)), "{polled:?}");
            let polled = flow::poll(one, &device).await.unwrap();
            assert!(matches!(polled, PollOutcome::InvalidGrant), "{polled:?}");
        });
    }
}
