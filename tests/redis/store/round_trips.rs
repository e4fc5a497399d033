//! How often each operation, and each step of the flow, goes to the server.

use std::time::Duration;

use device_grant::host::GrantStore;
use device_grant::store::RedisStore;

use crate::flow::{self, Device};
use crate::runtime::RUNTIME;
use crate::server::Server;
use crate::stats::{commands, of};
use device_grant::testing::conformance::store::fixtures::*;

/// A server that knows the scripts, and a store on it.
fn warm() -> (Server, RedisStore) {
    let server = Server::start();
    let store = RedisStore::new(RUNTIME.block_on(server.connection()));
    RUNTIME.block_on(async {
        let row = insert(&store, &new_row(1)).await;
        let _ = store.insert(&new_row(1)).await.unwrap();
        let mut longer = Shape::approved().over(&row, 2);
        longer.forget_at = row.forget_at + Duration::from_secs(1);
        assert!(store.replace(&longer).await.unwrap());
        assert!(polled(&store, 1).await.is_some());
        assert!(by_code(&store, 1).await.is_some());
        server.command(&["FLUSHALL"]);
    });
    (server, store)
}

#[test]
fn insert_is_two_round_trips() {
    let (server, store) = warm();
    let counted = commands(&server, insert(&store, &new_row(1)));
    assert_eq!(counted, of([("evalsha", 1), ("set", 2), ("time", 1)]));
}

#[test]
fn insert_without_a_user_code_is_one_round_trip() {
    let (server, store) = warm();
    let mut new = new_row(1);
    new.user_code = None;
    let counted = commands(&server, insert(&store, &new));
    assert_eq!(counted, of([("evalsha", 1), ("set", 1), ("time", 1)]));
}

#[test]
fn find_is_one_round_trip() {
    let (server, store) = warm();
    let counted = commands(&server, async { store.find(&id(1)).await.unwrap() });
    assert_eq!(counted, of([("evalsha", 1), ("get", 1), ("time", 1)]));
}

#[test]
fn find_by_user_code_is_two_round_trips() {
    let (server, store) = warm();
    RUNTIME.block_on(insert(&store, &new_row(1)));
    let counted = commands(&server, by_code(&store, 1));
    assert_eq!(counted, of([("evalsha", 2), ("get", 2), ("time", 2)]));
}

#[test]
fn replace_is_one_round_trip() {
    let (server, store) = warm();
    let row = RUNTIME.block_on(insert(&store, &new_row(1)));
    let counted = commands(&server, replace(&store, &row, &Shape::approved(), 2));
    assert_eq!(
        counted,
        of([("evalsha", 1), ("get", 1), ("set", 1), ("time", 1)])
    );
}

#[test]
fn a_replacement_that_has_a_grant_remembered_for_longer_is_three_round_trips() {
    let (server, store) = warm();
    let row = RUNTIME.block_on(insert(&store, &new_row(1)));
    let mut longer = Shape::approved().over(&row, 2);
    longer.forget_at = row.forget_at + Duration::from_secs(1);
    let counted = commands(&server, async { store.replace(&longer).await.unwrap() });
    assert_eq!(counted["evalsha"], 3);
}

#[test]
fn record_poll_is_one_round_trip_that_writes_only_the_pace() {
    let (server, store) = warm();
    RUNTIME.block_on(insert(&store, &new_row(1)));
    for written in ["accepted", "twin", "slowed"] {
        let counted = commands(&server, polled(&store, 1));
        let expected = [("evalsha", 1), ("get", 1), ("setrange", 1), ("time", 1)];
        assert_eq!(counted, of(expected), "{written}");
    }
    let row = RUNTIME.block_on(by_id(&store, 1)).unwrap();
    RUNTIME.block_on(replace(&store, &row, &Shape::denied(), 2));
    let counted = commands(&server, polled(&store, 1));
    assert_eq!(counted, of([("evalsha", 1), ("get", 1), ("time", 1)]));
}

/// Round trips of the whole flow. Of what is sent, only the user code of an insertion is no script.
#[test]
fn the_flow_takes_as_many_round_trips_as_are_promised() {
    let (server, store) = warm();
    let grants = flow::server(store);
    let device = RUNTIME.block_on(Device::authorize(&grants)).ok().unwrap();
    let ticket = RUNTIME.block_on(device.review(&grants)).unwrap().ticket;
    let scripts = |counted: std::collections::BTreeMap<String, u64>| counted["evalsha"];

    let authorize = commands(&server, async {
        Device::authorize(&grants).await.ok().unwrap()
    });
    assert_eq!(authorize, of([("evalsha", 1), ("set", 2), ("time", 1)]));
    let pending = commands(&server, async { device.poll(&grants).await.unwrap() });
    assert_eq!(scripts(pending), 1, "a pending poll");
    let again = RUNTIME.block_on(Device::authorize(&grants)).ok().unwrap();
    let review = commands(&server, async { again.review(&grants).await.unwrap() });
    assert_eq!(scripts(review), 3, "a review");
    let decide = commands(&server, async {
        flow::approve(&grants, &ticket).await.unwrap()
    });
    assert_eq!(scripts(decide), 2, "a decision");
    let redeem = commands(&server, async { device.poll(&grants).await.unwrap() });
    assert_eq!(scripts(redeem), 3, "a redemption");
}

#[test]
fn scripts_that_the_server_forgot_are_sent_again() {
    let (server, store) = warm();
    let grants = flow::server(store);
    RUNTIME.block_on(async {
        let flush = || _ = server.command(&["SCRIPT", "FLUSH"]);
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
}
