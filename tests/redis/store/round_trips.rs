//! How often each operation, and each step of the flow, goes to the server.

use device_grant::grant::{Grant, Holder, Pacing, Stored};
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
        insert(&store, &stored(1)).await;
        let _ = store.insert(&stored(1)).await.unwrap();
        replace(&store, &stored(1), reviewed(&grant(1)), 2).await;
        store
            .record_poll(&id(1), &Holder::new("tv"), at(0), &Pacing::default())
            .await
            .unwrap();
        assert!(by_code(&store, 1).await.is_some());
        store.purge(at(FORGET), 10).await.unwrap();
    });
    (server, store)
}

#[test]
fn insert_is_two_round_trips() {
    let (server, store) = warm();
    let counted = commands(&server, insert(&store, &stored(1)));
    assert_eq!(counted, of([("set", 2)]));
}

#[test]
fn insert_without_a_user_code_is_one_round_trip() {
    let (server, store) = warm();
    let mut issuance = issuance(1);
    issuance.user_code = None;
    let new = Stored::new(Grant::issue(issuance), revision(1));
    assert_eq!(commands(&server, insert(&store, &new)), of([("set", 1)]));
}

#[test]
fn find_is_one_round_trip() {
    let (server, store) = warm();
    let counted = commands(&server, async { store.find(&id(1)).await.unwrap() });
    assert_eq!(counted, of([("evalsha", 1), ("get", 1)]));
}

#[test]
fn find_by_user_code_is_two_round_trips() {
    let (server, store) = warm();
    RUNTIME.block_on(insert(&store, &stored(1)));
    let counted = commands(&server, by_code(&store, 1));
    assert_eq!(counted, of([("evalsha", 2), ("get", 2)]));
}

#[test]
fn replace_is_one_round_trip() {
    let (server, store) = warm();
    RUNTIME.block_on(insert(&store, &stored(1)));
    let counted = commands(&server, replace(&store, &stored(1), reviewed(&grant(1)), 2));
    assert_eq!(counted, of([("evalsha", 1), ("get", 1), ("set", 1)]));
}

#[test]
fn record_poll_is_one_round_trip_that_writes_only_the_pace() {
    let (server, store) = warm();
    RUNTIME.block_on(insert(&store, &stored(1)));
    let (holder, pacing) = (Holder::new("tv"), Pacing::default());
    for written in ["accepted", "twin", "slowed"] {
        let poll = async {
            store
                .record_poll(&id(1), &holder, at(0), &pacing)
                .await
                .unwrap()
        };
        let counted = commands(&server, poll);
        assert_eq!(
            counted,
            of([("evalsha", 1), ("get", 1), ("setrange", 1)]),
            "{written}"
        );
    }
    let stranger = Holder::new("radio");
    let poll = async {
        store
            .record_poll(&id(1), &stranger, at(9), &pacing)
            .await
            .unwrap()
    };
    assert_eq!(commands(&server, poll), of([("evalsha", 1), ("get", 1)]));
}

/// Round trips of the whole flow. Of what is sent, only the two halves of an insertion are no scripts.
#[test]
fn the_flow_takes_as_many_round_trips_as_are_promised() {
    let (server, store) = warm();
    let grants = flow::server(store);
    let device = RUNTIME.block_on(Device::authorize(&grants)).ok().unwrap();
    let ticket = RUNTIME.block_on(device.review(&grants)).unwrap().ticket();
    let scripts = |counted: std::collections::BTreeMap<String, u64>| counted["evalsha"];

    let authorize = commands(&server, async {
        Device::authorize(&grants).await.ok().unwrap()
    });
    assert_eq!(authorize, of([("set", 2)]));
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
        flow::approve(&grants, &review.ticket()).await.unwrap();
        flush();
        let outcome = device.poll(&grants).await.unwrap();
        assert!(
            matches!(outcome, device_grant::PollOutcome::Tokens(_)),
            "{outcome:?}"
        );
    });
}
