//! The round trips of each operation, and of each step of the flow.

use std::collections::BTreeMap;
use std::time::Duration;

use device_grant::host::GrantStore;
use device_grant::store::RedisStore;

use crate::flow::{self, Device};
use crate::polls::at_once;
use crate::runtime::RUNTIME;
use crate::stats::{commands_of_all, of};
use crate::ways::{self, Way};
use device_grant::testing::conformance::store::fixtures::*;

/// A way of connecting to servers that have no grants and know the scripts, and a store on it.
struct Warm<'a> {
    way: &'a Way,
    store: RedisStore,
}

impl<'a> Warm<'a> {
    fn up(way: &'a Way) -> Self {
        let store = RedisStore::new(way.connection.clone());
        let warm = Self { way, store };
        warm.forget_all();
        RUNTIME.block_on(warm.do_everything());
        warm.forget_all();
        warm
    }

    /// With so many grants that each master of a Cluster has some of them.
    async fn do_everything(&self) {
        for number in 1..=40 {
            let row = insert(&self.store, &new_row(number)).await;
            assert!(polled(&self.store, number).await.is_some());
            assert!(by_code(&self.store, number).await.is_some());
            let mut longer = Shape::approved().over(&row, 2);
            longer.forget_at = row.forget_at + Duration::from_secs(1);
            assert!(self.store.replace(&longer).await.unwrap());
        }
    }

    fn forget_all(&self) {
        self.tell(&["FLUSHALL"]);
    }

    fn tell(&self, command: &[&str]) {
        for master in &self.way.masters {
            master.command(command);
        }
    }

    fn commands<T>(&self, act: impl Future<Output = T>) -> BTreeMap<String, u64> {
        commands_of_all(&self.way.masters, act)
    }
}

fn each_way(holds: impl Fn(&Warm<'_>)) {
    for way in &*ways::all() {
        println!("{}", way.name);
        holds(&Warm::up(way));
    }
}

#[test]
fn insert_is_two_round_trips() {
    each_way(|warm| {
        let store = &warm.store;
        let counted = warm.commands(insert(store, &new_row(1)));
        assert_eq!(counted, of([("evalsha", 1), ("set", 2), ("time", 1)]));
    });
}

#[test]
fn insert_without_a_user_code_is_one_round_trip() {
    each_way(|warm| {
        let store = &warm.store;
        let mut new = new_row(1);
        new.user_code = None;
        let counted = warm.commands(insert(store, &new));
        assert_eq!(counted, of([("evalsha", 1), ("set", 1), ("time", 1)]));
    });
}

#[test]
fn find_is_one_round_trip() {
    each_way(|warm| {
        let store = &warm.store;
        let counted = warm.commands(async { store.find(&id(1)).await.unwrap() });
        assert_eq!(counted, of([("evalsha", 1), ("get", 1), ("time", 1)]));
    });
}

#[test]
fn find_by_user_code_is_two_round_trips() {
    each_way(|warm| {
        let store = &warm.store;
        RUNTIME.block_on(insert(store, &new_row(1)));
        let counted = warm.commands(by_code(store, 1));
        assert_eq!(counted, of([("evalsha", 2), ("get", 2), ("time", 2)]));
    });
}

#[test]
fn replace_is_one_round_trip() {
    each_way(|warm| {
        let store = &warm.store;
        let row = RUNTIME.block_on(insert(store, &new_row(1)));
        let counted = warm.commands(replace(store, &row, &Shape::approved(), 2));
        assert_eq!(
            counted,
            of([("evalsha", 1), ("get", 1), ("set", 1), ("time", 1)])
        );
    });
}

#[test]
fn a_replacement_that_has_a_grant_remembered_for_longer_is_three_round_trips() {
    each_way(|warm| {
        let store = &warm.store;
        let row = RUNTIME.block_on(insert(store, &new_row(1)));
        let mut longer = Shape::approved().over(&row, 2);
        longer.forget_at = row.forget_at + Duration::from_secs(1);
        let counted = warm.commands(async { store.replace(&longer).await.unwrap() });
        assert_eq!(counted["evalsha"], 3);
    });
}

#[test]
fn record_poll_is_one_round_trip_that_writes_only_the_pace() {
    each_way(|warm| {
        let store = &warm.store;
        RUNTIME.block_on(insert(store, &new_row(1)));
        for written in ["accepted", "twin", "slowed"] {
            let counted = warm.commands(polled(store, 1));
            let expected = [("evalsha", 1), ("get", 1), ("setrange", 1), ("time", 1)];
            assert_eq!(counted, of(expected), "{written}");
        }
        let row = RUNTIME.block_on(by_id(store, 1)).unwrap();
        RUNTIME.block_on(replace(store, &row, &Shape::denied(), 2));
        let counted = warm.commands(polled(store, 1));
        assert_eq!(counted, of([("evalsha", 1), ("get", 1), ("time", 1)]));
    });
}

/// The machine decides how many share one. In a Cluster, keys are in different slots.
#[test]
fn polls_at_once_share_round_trips_except_in_a_cluster() {
    each_way(|warm| {
        let store = &warm.store;
        for number in 1..=60 {
            RUNTIME.block_on(insert(store, &new_row(number)));
        }
        let calls = (0..10).map(|_| warm.commands(at_once(store, 1..=60))["evalsha"]);
        let is_cluster = warm.way.masters.len() > 1;
        assert_eq!(calls.min() == Some(60), is_cluster);
    });
}

/// Round trips of the whole flow. Of what is sent, only the user code of an insertion is no script.
#[test]
fn the_flow_takes_as_many_round_trips_as_are_promised() {
    each_way(|warm| {
        let store = &warm.store;
        let grants = flow::server(store.clone());
        let device = RUNTIME.block_on(Device::authorize(&grants)).ok().unwrap();
        let ticket = RUNTIME.block_on(device.review(&grants)).unwrap().ticket;
        let scripts = |counted: BTreeMap<String, u64>| counted["evalsha"];

        let authorize = warm.commands(async { Device::authorize(&grants).await.ok().unwrap() });
        assert_eq!(authorize, of([("evalsha", 1), ("set", 2), ("time", 1)]));
        let pending = warm.commands(async { device.poll(&grants).await.unwrap() });
        assert_eq!(scripts(pending), 1, "a pending poll");
        let again = RUNTIME.block_on(Device::authorize(&grants)).ok().unwrap();
        let review = warm.commands(async { again.review(&grants).await.unwrap() });
        assert_eq!(scripts(review), 3, "a review");
        let decide = warm.commands(async { flow::approve(&grants, &ticket).await.unwrap() });
        assert_eq!(scripts(decide), 2, "a decision");
        let redeem = warm.commands(async { device.poll(&grants).await.unwrap() });
        assert_eq!(scripts(redeem), 3, "a redemption");
    });
}

#[test]
fn scripts_that_the_server_forgot_are_sent_again() {
    each_way(|warm| {
        let store = &warm.store;
        let grants = flow::server(store.clone());
        RUNTIME.block_on(async {
            let flush = || warm.tell(&["SCRIPT", "FLUSH"]);
            flush();
            let device = Device::authorize(&grants).await.ok().unwrap();
            flush();
            let review = device.review(&grants).await.unwrap();
            flush();
            flow::approve(&grants, &review.ticket).await.unwrap();
            flush();
            let outcome = device.poll(&grants).await.unwrap();
            assert!(
                matches!(outcome, device_grant::PollOutcome::Tokens(_)),
                "{outcome:?}"
            );
        });
    });
}
