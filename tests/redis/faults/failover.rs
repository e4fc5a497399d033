//! A replica takes over from a master whose last writes it may not have seen.

use std::time::Duration;

use device_grant::host::GrantStore;
use device_grant::store::RedisStore;
use device_grant::{DeviceGrants, PollOutcome};

use super::load::{Load, Servers, nothing_was_lost_or_doubled};
use crate::cluster::{Cluster, MASTERS};
use crate::flow::{self, Device};
use crate::patience::until;
use crate::runtime::RUNTIME;
use crate::server::Server;
use crate::stats::{commands, of};
use device_grant::testing::conformance::store::fixtures;

/// A master with a replica.
struct Pair {
    master: Server,
    replica: Server,
}

impl Pair {
    fn start() -> Self {
        let master = Server::start_with(&["--save", "", "--repl-diskless-sync-delay", "0"]);
        let replica = Server::start();
        let port = master.port().to_string();
        replica.command(&["REPLICAOF", "127.0.0.1", &port]);
        let pair = Self { master, replica };
        pair.wait_until_in_step();
        pair
    }

    fn store(&self) -> RedisStore {
        RedisStore::new(RUNTIME.block_on(self.master.connection()))
    }

    /// A store whose decisions wait for the replica.
    fn waiting_store(&self) -> RedisStore {
        let decisions = RUNTIME.block_on(self.master.connection());
        self.store()
            .wait_for_replicas(1, Duration::from_secs(1), decisions)
    }

    /// A replica that has just synchronized is fed only once it has said so, which it does every second.
    fn wait_until_in_step(&self) {
        until("the replica follows", || {
            let info = self.master.command(&["INFO", "replication"]);
            let acknowledged = offset(&self.master, "master_repl_offset")
                .is_some_and(|offset| info.contains(&format!("state=online,offset={offset},")));
            let link = self.replica.command(&["INFO", "replication"]);
            acknowledged && link.contains("master_link_status:up")
        });
    }

    /// The replica sees no more of what the master does, once it has seen everything so far.
    fn part_in_step(&self) {
        let master = || offset(&self.master, "master_repl_offset");
        until("the replica has everything", || {
            let offset = offset(&self.replica, "slave_repl_offset");
            offset.is_some() && offset == master()
        });
        self.master
            .command(&["ACL", "SETUSER", "default", "-psync", "-sync"]);
        self.master.command(&["CLIENT", "KILL", "TYPE", "replica"]);
        until("the replica is cut off", || {
            self.master
                .command(&["INFO", "replication"])
                .contains("connected_slaves:0")
        });
    }

    fn join(&self) {
        // Not SYNC, which a replica tries after PSYNC, and after which it acknowledges nothing.
        self.master
            .command(&["ACL", "SETUSER", "default", "+psync"]);
        self.wait_until_in_step();
    }

    /// The replica takes over; a server on it.
    fn fail_over(&mut self) -> DeviceGrants {
        self.master.kill();
        self.replica.command(&["REPLICAOF", "NO", "ONE"]);
        flow::server(RedisStore::new(RUNTIME.block_on(self.replica.connection())))
    }
}

#[test]
fn decisions_and_commits_wait_and_nothing_else_does() {
    let pair = Pair::start();
    let grants = flow::server(pair.waiting_store());
    let waits = |counted: std::collections::BTreeMap<String, u64>| counted.get("wait").copied();
    // So that the server knows all scripts.
    _ = RUNTIME.block_on(async {
        let device = flow::approved(&grants).await;
        device.poll(&grants).await.unwrap()
    });
    let device = RUNTIME.block_on(Device::authorize(&grants)).unwrap();
    let pending = commands(&pair.master, async { device.poll(&grants).await.unwrap() });
    assert_eq!(waits(pending), None, "a pending poll");
    let review = commands(&pair.master, async {
        device.review(&grants).await.unwrap()
    });
    assert_eq!(waits(review), None, "a review");
    let ticket = RUNTIME.block_on(device.review(&grants)).unwrap().ticket;
    let decide = commands(&pair.master, async {
        flow::approve(&grants, &ticket).await.unwrap()
    });
    assert_eq!(waits(decide), Some(1), "a decision");
    let redeem = commands(&pair.master, async { device.poll(&grants).await.unwrap() });
    assert_eq!(
        waits(redeem),
        Some(3),
        "a redemption, for the approval, its lease and its commit"
    );
}

#[test]
fn a_decision_and_its_wait_are_one_round_trip() {
    let pair = Pair::start();
    let (store, approved) = (pair.waiting_store(), fixtures::Shape::approved());
    RUNTIME.block_on(async {
        let other = fixtures::insert(&store, &fixtures::new_row(2)).await;
        fixtures::replace(&store, &other, &approved, 9).await;
    });
    let current = RUNTIME.block_on(fixtures::insert(&store, &fixtures::new_row(1)));
    let decide = fixtures::replace(&store, &current, &approved, 9);
    let counted = commands(&pair.master, decide);
    assert_eq!(
        counted,
        of([
            ("evalsha", 1),
            ("get", 1),
            ("set", 1),
            ("time", 1),
            ("wait", 1)
        ])
    );
}

#[test]
fn no_token_leaves_before_a_replica_has_the_commit() {
    let mut pair = Pair::start();
    let grants = flow::server(pair.waiting_store());
    let device = RUNTIME.block_on(flow::approved(&grants));
    pair.part_in_step();
    for _ in 0..3 {
        match RUNTIME.block_on(device.poll(&grants)) {
            Err(fault) => assert!(fault.is_retryable(), "{fault:?}"),
            Ok(outcome) => panic!("{outcome:?}"),
        }
    }
    let grants = pair.fail_over();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
}

#[test]
fn no_decision_is_acknowledged_before_a_replica_has_it() {
    let mut pair = Pair::start();
    let grants = flow::server(pair.waiting_store());
    let device = RUNTIME.block_on(Device::authorize(&grants)).unwrap();
    let ticket = RUNTIME.block_on(device.review(&grants)).unwrap().ticket;
    pair.part_in_step();
    for _ in 0..2 {
        let error = RUNTIME
            .block_on(flow::approve(&grants, &ticket))
            .unwrap_err();
        assert!(format!("{error:?}").contains("NotReplicated"), "{error:?}");
    }
    pair.join();
    RUNTIME.block_on(flow::approve(&grants, &ticket)).unwrap();
    let grants = pair.fail_over();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
}

/// A device that hears of a denial stops. It would miss the approval that follows, if a failover undid the denial.
#[test]
fn no_device_hears_of_a_denial_before_a_replica_has_it() {
    let mut pair = Pair::start();
    let grants = flow::server(pair.waiting_store());
    let device = RUNTIME.block_on(Device::authorize(&grants)).unwrap();
    let ticket = RUNTIME.block_on(device.review(&grants)).unwrap().ticket;
    pair.part_in_step();
    let denied = || {
        let alice = flow::alice();
        RUNTIME.block_on(async { grants.deny(&ticket, &alice).await })
    };
    let error = denied().unwrap_err();
    assert!(format!("{error:?}").contains("NotReplicated"), "{error:?}");
    let fault = RUNTIME.block_on(device.poll(&grants)).unwrap_err();
    assert!(fault.is_retryable(), "{fault:?}");
    pair.join();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Denied), "{outcome:?}");
    let grants = pair.fail_over();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Denied), "{outcome:?}");
}

#[test]
fn a_master_that_becomes_a_replica_while_a_decision_waits_is_an_error_that_may_pass() {
    let pair = Pair::start();
    let store = pair.waiting_store();
    let row = RUNTIME.block_on(fixtures::insert(&store, &fixtures::new_row(1)));
    pair.part_in_step();
    let approval = fixtures::Shape::approved().over(&row, 9);
    let waiting = RUNTIME.spawn(async move { store.replace(&approval).await });
    until("the decision waits", || {
        let clients = pair.master.command(&["INFO", "clients"]);
        clients.contains("blocked_clients:1")
    });
    let port = pair.replica.port().to_string();
    pair.master.command(&["REPLICAOF", "127.0.0.1", &port]);
    let error = RUNTIME.block_on(waiting).unwrap().unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

/// The loss that the documentation describes, of a store that does not wait.
#[test]
fn without_waiting_a_failover_can_undo_what_was_acknowledged() {
    let mut pair = Pair::start();
    let grants = flow::server(pair.store());
    let device = RUNTIME.block_on(flow::approved(&grants));
    pair.part_in_step();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
    let grants = pair.fail_over();
    let outcome = RUNTIME.block_on(device.poll(&grants)).unwrap();
    assert!(matches!(outcome, PollOutcome::Tokens(_)), "{outcome:?}");
}

fn offset(server: &Server, name: &str) -> Option<u64> {
    let info = server.command(&["INFO", "replication"]);
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|offset| offset.trim().parse().ok())
}

/// Each master of a Cluster is killed while flows run whose decisions wait for a replica.
///
/// Insertions and reviews do not wait: a failover may lose some of them, and the person starts again.
#[test]
fn a_cluster_whose_decisions_wait_loses_and_doubles_none_when_a_master_dies() {
    let mut cluster = Cluster::start();
    for number in 0..MASTERS {
        let mut load = Load::start(
            &Servers::WaitingCluster(cluster.urls()),
            cluster.directory(),
        );
        until("the flows are under way", || {
            cluster.statements(number) > 1_000
        });
        cluster.fail_over(number);
        cluster.join_again(number);
        until("the flows come to their end", || !load.is_running());
        let mut ends = load.finish();
        ends.retain(|end, _| {
            !["not reviewed: Unknown", "not decided: Refused"].contains(&end.as_str())
        });
        nothing_was_lost_or_doubled(&ends);
    }
}
