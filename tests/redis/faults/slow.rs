//! A server that does not answer in time, and nodes whose clocks disagree.

use std::thread;
use std::time::Duration;

use device_grant::PollOutcome;
use device_grant::grant::Timestamp;
use device_grant::host::{Clock, GrantStore, SystemClock};
use device_grant::store::RedisStore;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::flow::{self, Device};
use crate::patience::until;
use crate::runtime::RUNTIME;
use crate::server::{Server, ask};
use device_grant::testing::conformance::store::fixtures::{id, insert, stored};

#[test]
fn a_server_that_does_not_answer_in_time_is_an_error_that_may_pass() {
    let server = Server::start();
    let client = redis::Client::open(server.url()).unwrap();
    let timeout = Some(Duration::from_millis(50));
    let config = ConnectionManagerConfig::new().set_response_timeout(timeout);
    let connection = ConnectionManager::new_with_config(client, config);
    let store = RedisStore::new(RUNTIME.block_on(connection).unwrap());
    RUNTIME.block_on(insert(&store, &stored(1)));
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

/// The system's clock, fast by this much.
struct Fast(Duration);

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }
}

#[test]
fn nodes_whose_clocks_are_two_seconds_apart_share_a_flow() {
    let server = Server::start();
    let skew = Duration::from_secs(2);
    let node = |ahead| {
        let store = RedisStore::new(RUNTIME.block_on(server.connection()));
        flow::builder(store)
            .clock(Fast(ahead))
            .clock_skew(skew)
            .build()
            .unwrap()
    };
    let (slow, fast) = (node(Duration::ZERO), node(skew));
    for (one, other) in [(&slow, &fast), (&fast, &slow)] {
        RUNTIME.block_on(async {
            let device = Device::authorize(one).await.unwrap();
            assert!(device.poll(other).await.unwrap().is_pending());
            let ticket = device.review(other).await.unwrap().ticket();
            assert!(matches!(
                device.poll(one).await.unwrap(),
                PollOutcome::Pending | PollOutcome::SlowDown { .. }
            ));
            flow::approve(one, &ticket).await.unwrap();
            let outcome = device.poll(other).await.unwrap();
            assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
            let outcome = device.poll(one).await.unwrap();
            assert!(matches!(outcome, PollOutcome::InvalidGrant), "{outcome:?}");
        });
    }
}
