//! Another server becomes the master, and the Sentinels say so.

use std::time::Duration;

use device_grant::PollOutcome;
use device_grant::host::{Charge, Charged, LimitKey, Limiter, Quota};
use device_grant::limiter::RedisLimiter;
use device_grant::store::RedisStore;

use crate::flow::{self, Device};
use crate::patience::{Patience, until};
use crate::runtime::RUNTIME;
use crate::sentinels::Sentinels;
use crate::store::settings::{chain, check};

/// Polls until the store can be used; every error on the way may be retried.
fn poll_until_served(device: &Device, grants: &device_grant::DeviceGrants) -> PollOutcome {
    let patience = Patience::new();
    loop {
        match RUNTIME.block_on(device.poll(grants)) {
            Ok(outcome) => return outcome,
            Err(fault) => assert!(fault.is_retryable(), "{fault:?}"),
        }
        assert!(!patience.is_over(), "the new master is not found");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_master_that_is_killed_is_replaced_and_the_store_follows() {
    let mut stage = Sentinels::start();
    let store = RedisStore::new(stage.connection());
    check(&store).unwrap();
    let grants = flow::server(store);
    let device = RUNTIME.block_on(flow::approved(&grants));
    stage.wait_until_in_step(0);
    stage.nodes[0].kill();
    let outcome = poll_until_served(&device, &grants);
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
    stage.wait_for_another_master(0);
    assert!(RUNTIME.block_on(Device::authorize(&grants)).is_ok());
}

#[test]
fn a_master_that_becomes_a_replica_is_left() {
    let stage = Sentinels::start();
    let grants = flow::server(RedisStore::new(stage.connection()));
    let device = RUNTIME.block_on(flow::approved(&grants));
    stage.wait_until_in_step(0);
    stage.hand_over();
    stage.wait_for_another_master(0);
    until("the old master follows", || {
        let role = stage.nodes[0].command(&["INFO", "replication"]);
        role.contains("role:slave")
    });
    let outcome = poll_until_served(&device, &grants);
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
}

#[test]
fn decisions_that_wait_for_replicas_go_on_with_the_new_master() {
    let mut stage = Sentinels::start();
    let store = RedisStore::new(stage.connection());
    let store = store.wait_for_replicas(1, Duration::from_secs(1), stage.connection());
    check(&store).unwrap();
    let grants = flow::server(store);
    let device = RUNTIME.block_on(flow::approved(&grants));
    stage.nodes[0].kill();
    let outcome = poll_until_served(&device, &grants);
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
}

#[test]
fn a_limiter_follows_the_master() {
    let mut stage = Sentinels::start();
    let limiter = RedisLimiter::new(stage.connection());
    RUNTIME.block_on(limiter.check()).unwrap();
    let key = LimitKey::new("entry", "https://id.example", "subject:alice");
    let charge = [Charge::take(key, Quota::new(1, Duration::from_secs(3_600)))];
    let charged = RUNTIME.block_on(limiter.charge(&charge));
    assert_eq!(charged.unwrap(), Charged::Allowed);
    stage.wait_until_in_step(0);
    stage.nodes[0].kill();
    let patience = Patience::new();
    let charged = loop {
        match RUNTIME.block_on(limiter.charge(&charge)) {
            Ok(charged) => break charged,
            Err(error) => assert!(error.is_retryable(), "{}", chain(&error)),
        }
        assert!(!patience.is_over(), "the new master is not found");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(matches!(charged, Charged::Limited { .. }), "{charged:?}");
}

#[test]
fn sentinels_are_asked_for_each_connection_and_not_for_each_request() {
    let mut stage = Sentinels::start();
    let grants = flow::server(RedisStore::new(stage.connection()));
    let device = RUNTIME.block_on(flow::approved(&grants));
    stage.lose_sight();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
    let other = RedisStore::new(stage.connection());
    let error = check(&other).unwrap_err();
    assert!(error.is_retryable(), "{}", chain(&error));
}
