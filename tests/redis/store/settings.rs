//! Servers that are not as they should be: one clear error each, which says what to do.

use std::error::Error;
use std::time::Duration;

use device_grant::PollOutcome;
use device_grant::host::{GrantStore, PortError};
use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;
use redis::AsyncCommands;

use crate::flow::{self, Device};
use crate::fresh;
use crate::patience::until;
use crate::proxy::Proxy;
use crate::runtime::RUNTIME;
use crate::server::{self, Server};
use crate::ways::Way;
use device_grant::testing::conformance::store::fixtures::*;

fn store_on(server: &Server) -> RedisStore {
    RedisStore::new(RUNTIME.block_on(server.connection()))
}

pub(crate) fn check(store: &RedisStore) -> Result<(), PortError> {
    RUNTIME.block_on(store.check()).map(drop)
}

/// The error and its causes, on one line.
pub(crate) fn chain(error: &PortError) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str(&format!(": {error}"));
        cause = error.source();
    }
    said
}

#[test]
fn a_server_of_debians_package_passes_the_check_and_keeps_nothing_of_it() {
    let server = Server::start();
    check(&store_on(&server)).unwrap();
    assert_eq!(server.command(&["DBSIZE"]).lines().next(), Some(":0"));
}

#[test]
fn a_cluster_passes_the_check() {
    let ((), store) = RUNTIME.block_on(fresh::cluster_store(ManualClock::new()));
    check(&store).unwrap();
}

#[test]
fn the_check_refuses_a_server_that_evicts_keys() {
    let server = Server::start();
    for policy in ["allkeys-lru", "volatile-ttl"] {
        server.command(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let error = check(&store_on(&server)).unwrap_err();
        assert!(!error.is_retryable());
        let said = chain(&error);
        assert!(
            said.contains(policy) && said.contains("set `maxmemory-policy noeviction`"),
            "{said}"
        );
    }
}

#[test]
fn the_check_refuses_a_replica() {
    let master = Server::start();
    let server = Server::start();
    server.command(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    let error = check(&store_on(&server)).unwrap_err();
    assert!(
        chain(&error).contains("connect to its master"),
        "{}",
        chain(&error)
    );
}

#[test]
fn the_check_refuses_to_wait_for_replicas_that_there_are_not() {
    let server = Server::start();
    let decisions = RUNTIME.block_on(server.connection());
    let store = store_on(&server).wait_for_replicas(2, Duration::from_millis(100), decisions);
    let error = check(&store).unwrap_err();
    assert!(!error.is_retryable());
    let said = chain(&error);
    assert!(
        said.contains("has 0 connected replicas") && said.contains("wait for 2"),
        "{said}"
    );
}

#[test]
fn the_check_refuses_a_user_who_may_not_run_scripts() {
    let server = Server::start();
    let rules = [
        "ACL",
        "SETUSER",
        "clerk",
        "on",
        ">pw",
        "~*",
        "+@all",
        "-@scripting",
    ];
    server.command(&rules);
    let url = server.url().replace("redis://", "redis://clerk:pw@");
    let store = RedisStore::new(RUNTIME.block_on(server::connection(&url)));
    let error = check(&store).unwrap_err();
    assert!(!error.is_retryable());
    let said = chain(&error);
    assert!(
        said.contains("does not let this user") && !said.contains("pw@"),
        "{said}"
    );
}

#[test]
fn a_user_with_what_the_error_names_may_do_everything() {
    let server = Server::start();
    let may = [
        "+@scripting",
        "+@string",
        "+del",
        "+info",
        "+pexpire",
        "+scan",
        "+time",
        "+wait",
        "+client",
    ];
    let mut rules = vec!["ACL", "SETUSER", "clerk", "on", ">pw", "resetkeys", "~dg:*"];
    rules.extend(may);
    server.command(&rules);
    let url = server.url().replace("redis://", "redis://clerk:pw@");
    let store = RedisStore::new(RUNTIME.block_on(server::connection(&url)));
    check(&store).unwrap();
    RUNTIME.block_on(async {
        let new = insert(&store, &new_row(1)).await;
        let mut approval = Shape::approved().over(&new, 2);
        approval.forget_at = new.forget_at + Duration::from_secs(1);
        assert!(store.replace(&approval).await.unwrap());
        assert!(by_code(&store, 1).await.is_some());
        let clock = ManualClock::new();
        clock.set(approval.forget_at);
        assert_eq!(store.with_clock(clock).purge(10).await.unwrap(), 1);
    });
}

#[test]
fn a_full_server_takes_no_more_grants_and_says_why() {
    let server = Server::start();
    let store = store_on(&server);
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let error = RUNTIME.block_on(store.insert(&new_row(1))).unwrap_err();
    assert!(error.is_retryable());
    assert!(chain(&error).contains("`maxmemory`"), "{}", chain(&error));
    let mut without_code = new_row(2);
    without_code.user_code = None;
    assert!(RUNTIME.block_on(store.insert(&without_code)).is_err());
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    RUNTIME.block_on(insert(&store, &new_row(1)));
}

#[test]
fn a_full_server_finishes_the_grants_that_it_has() {
    let server = Server::start();
    let grants = flow::server(store_on(&server));
    RUNTIME.block_on(async {
        let device = Device::authorize(&grants).await.unwrap();
        server.command(&["CONFIG", "SET", "maxmemory", "1"]);
        assert!(device.poll(&grants).await.unwrap().is_pending());
        let ticket = device.review(&grants).await.unwrap().ticket;
        flow::approve(&grants, &ticket).await.unwrap();
        let outcome = device.poll(&grants).await.unwrap();
        assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
    });
}

#[test]
fn no_replica_is_read() {
    let (server, master) = (Server::start(), Server::start());
    let store = store_on(&server);
    RUNTIME.block_on(insert(&store, &new_row(1)));
    server.command(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    let error = RUNTIME.block_on(store.find(&id(1))).unwrap_err();
    assert!(error.is_retryable(), "{}", chain(&error));
    assert!(
        RUNTIME
            .block_on(store.find_by_user_code(&[code(1)]))
            .is_err()
    );
}

#[test]
fn a_server_that_cannot_save_is_an_error_that_may_pass() {
    let server = Server::start_with(&["--save", "1 1", "--dbfilename", "dump"]);
    let store = store_on(&server);
    // A directory where the file should go.
    std::fs::create_dir(server.directory().join("dump")).unwrap();
    RUNTIME.block_on(insert(&store, &new_row(1)));
    server.command(&["BGSAVE"]);
    until("the save has failed", || {
        server
            .command(&["INFO", "persistence"])
            .contains("rdb_last_bgsave_status:err")
    });
    let error = RUNTIME.block_on(store.insert(&new_row(2))).unwrap_err();
    assert!(error.is_retryable());
    assert!(chain(&error).contains("cannot save"), "{}", chain(&error));
}

#[test]
fn a_master_that_became_a_replica_is_an_error_that_may_pass() {
    let (server, other) = (Server::start(), Server::start());
    let store = store_on(&server);
    server.command(&["REPLICAOF", "127.0.0.1", &other.port().to_string()]);
    let error = RUNTIME.block_on(store.insert(&new_row(1))).unwrap_err();
    assert!(error.is_retryable(), "{}", chain(&error));
    server.command(&["REPLICAOF", "NO", "ONE"]);
    until("the store works again", || {
        RUNTIME.block_on(store.insert(&new_row(1))).is_ok()
    });
}

#[test]
fn an_address_that_moves_to_another_master_is_followed() {
    for name in ["manager", "pool"] {
        let (old, new) = (Server::start(), Server::start());
        let new_port = new.port().to_string();
        let proxy = Proxy::to(old.port());
        let way = Way::to_one(name, &RUNTIME, old, proxy.port());
        let store = RedisStore::new(way.connection.clone());
        RUNTIME.block_on(insert(&store, &new_row(1)));
        proxy.lead_to(new.port());
        way.masters[0].command(&["REPLICAOF", "127.0.0.1", &new_port]);
        until("the store has found the other master", || {
            RUNTIME.block_on(store.insert(&new_row(2))).is_ok()
        });
    }
}

#[test]
fn a_master_without_the_replicas_it_wants_is_an_error_that_may_pass() {
    let server = Server::start();
    let store = store_on(&server);
    server.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let error = RUNTIME.block_on(store.insert(&new_row(1))).unwrap_err();
    assert!(error.is_retryable());
    assert!(
        chain(&error).contains("min-replicas-to-write"),
        "{}",
        chain(&error)
    );
}

#[test]
fn a_server_that_is_gone_is_an_error_that_may_pass_and_does_when_it_is_back() {
    let mut server = Server::start();
    let store = store_on(&server);
    server.kill();
    let error = RUNTIME.block_on(store.find(&id(1))).unwrap_err();
    assert!(error.is_retryable(), "{}", chain(&error));
    server.restart();
    until("the store works again", || {
        RUNTIME.block_on(store.insert(&new_row(1))).is_ok()
    });
}

#[test]
fn a_cluster_that_lost_a_master_without_a_replica_is_an_error_that_may_pass() {
    let mut cluster = crate::cluster::Cluster::start();
    let store = RedisStore::new(cluster.client());
    for node in &mut cluster.nodes[..4] {
        node.kill();
    }
    for number in 0..6 {
        let error = RUNTIME
            .block_on(store.insert(&new_row(number)))
            .unwrap_err();
        assert!(error.is_retryable(), "{}", chain(&error));
    }
}

#[test]
fn a_key_of_another_program_is_an_error_that_names_the_prefix() {
    let server = Server::start();
    let store = store_on(&server);
    RUNTIME.block_on(async {
        insert(&store, &new_row(1)).await;
        let mut connection = server.connection().await;
        let keys: Vec<String> = connection.keys("dg:g:*").await.unwrap();
        connection.del::<_, ()>(&keys).await.unwrap();
        connection.lpush::<_, _, ()>(&keys[0], "x").await.unwrap();
        let error = store.find(&id(1)).await.unwrap_err();
        assert!(!error.is_retryable());
        assert!(chain(&error).contains("`key_prefix`"), "{}", chain(&error));
    });
}

#[test]
fn what_is_shown_for_debugging_has_neither_addresses_nor_passwords() {
    let server = Server::start();
    let url = server.url().replace("redis://", "redis://default:hunter2@");
    server.command(&["CONFIG", "SET", "requirepass", "hunter2"]);
    let store = RedisStore::new(RUNTIME.block_on(server::connection(&url)));
    let shown = format!("{store:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("127.0.0.1"),
        "{shown}"
    );
}
