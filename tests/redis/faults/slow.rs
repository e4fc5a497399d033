//! A server that does not answer in time, and nodes whose clocks disagree.

use std::thread;
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Clock, GrantStore, System};
use device_grant::store::RedisStore;
use device_grant::{DeviceGrants, PollOutcome};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::flow::{self, Device};
use crate::patience::until;
use crate::runtime::RUNTIME;
use crate::server::{Server, ask};
use device_grant::testing::conformance::store::fixtures::{id, insert, new_row};

#[test]
fn a_server_that_does_not_answer_in_time_is_an_error_that_may_pass() {
    let server = Server::start();
    let client = redis::Client::open(server.url()).unwrap();
    let timeout = Some(Duration::from_millis(50));
    let config = ConnectionManagerConfig::new().set_response_timeout(timeout);
    let connection = ConnectionManager::new_with_config(client, config);
    let store = RedisStore::new(RUNTIME.block_on(connection).unwrap());
    RUNTIME.block_on(insert(&store, &new_row(1)));
    let port = server.port();
    let pause = thread::spawn(move || ask(port, &["CLIENT", "PAUSE", "500", "ALL"]));
    until("a request times out", || {
        match RUNTIME.block_on(store.find(&id(1))) {
            Ok(_) => false,
            Err(error) => error.is_retryable(),
        }
    });
    pause.join().unwrap();
    until("the store works again", || {
        RUNTIME.block_on(store.find(&id(1))).is_ok()
    });
}

/// The system's clock, off by this many seconds.
struct Off(i64);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        let by = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 {
            System.now() - by
        } else {
            System.now() + by
        }
    }
}

/// Two nodes on one server, whose clocks are off by so much.
fn nodes(server: &Server, off: [i64; 2]) -> [DeviceGrants; 2] {
    off.map(|off| {
        let store = RedisStore::new(RUNTIME.block_on(server.connection()));
        flow::builder(store).clock(Off(off)).build().unwrap()
    })
}

/// One flow that goes from node to node at each step.
async fn changes_between(one: &DeviceGrants, other: &DeviceGrants) {
    let device = Device::authorize(one).await.unwrap();
    let undecided = Device::authorize(one).await.unwrap();
    for node in [other, one] {
        for device in [&device, &undecided] {
            let outcome = device.poll(node).await.unwrap();
            assert!(outcome.is_pending(), "{outcome:?}");
        }
        assert_eq!(node.purge(100).await.unwrap(), 0);
    }
    let ticket = device.review(other).await.unwrap().ticket;
    flow::approve(one, &ticket).await.unwrap();
    assert_eq!(other.purge(100).await.unwrap(), 0);
    let outcome = device.poll(other).await.unwrap();
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
    for node in [one, other] {
        assert_eq!(node.purge(100).await.unwrap(), 0);
        let outcome = device.poll(node).await.unwrap();
        assert!(matches!(outcome, PollOutcome::InvalidGrant), "{outcome:?}");
        let outcome = undecided.poll(node).await.unwrap();
        assert!(outcome.is_pending(), "{outcome:?}");
    }
    assert!(undecided.review(other).await.is_ok());
}

#[test]
fn nodes_whose_clocks_are_off_by_seconds_or_by_hours_share_a_flow() {
    let server = Server::start();
    for off in [2, 75 * 60, 400 * 86_400] {
        let [behind, ahead] = nodes(&server, [-off, off]);
        RUNTIME.block_on(changes_between(&behind, &ahead));
        RUNTIME.block_on(changes_between(&ahead, &behind));
    }
}

#[test]
fn codes_that_no_clock_but_the_servers_finds_expired_are_expired() {
    let server = Server::start();
    let [behind, ahead] = nodes(&server, [-75 * 60, 75 * 60]);
    let device = RUNTIME.block_on(Device::authorize(&ahead)).unwrap();
    // The server's clock is that of this machine and cannot be moved: another one is told to be it.
    let late = RedisStore::new(RUNTIME.block_on(server.connection())).with_clock(Off(700));
    let late = flow::builder(late).clock(Off(0)).build().unwrap();
    let outcome = RUNTIME.block_on(device.poll(&late)).unwrap();
    assert!(matches!(outcome, PollOutcome::Expired), "{outcome:?}");
    for node in [behind, ahead] {
        let outcome = RUNTIME.block_on(device.poll(&node)).unwrap();
        assert!(
            matches!(outcome, PollOutcome::Expired),
            "told once: {outcome:?}"
        );
    }
}
