//! The index of whose grants there are: an entry may lead to no grant, and no grant is without its entry.

use std::time::Duration;

use device_grant::host::{GrantDirectory, GrantStore, GrantsOf, PageRequest, Row};
use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::store::fixtures::*;

use super::settings::chain;
use crate::runtime::RUNTIME;
use crate::server::{self, Server};
use crate::stats::{commands, of};

fn indexed(server: &Server) -> RedisStore {
    RedisStore::new(RUNTIME.block_on(server.connection())).indexed()
}

fn listed(store: &RedisStore, whose: GrantsOf) -> Vec<Row> {
    let page = PageRequest::first("https://as.example", whose, 100);
    RUNTIME.block_on(store.list(&page)).unwrap()
}

fn client() -> GrantsOf {
    GrantsOf::Client(new_row(1).client_id)
}

/// The end user of the fixture's approval.
fn subject(row: &Row) -> GrantsOf {
    GrantsOf::Subject(Shape::approved().over(row, 2).subject.unwrap())
}

/// A store whose user may write no index.
fn clerk(server: &Server) -> RedisStore {
    let rules = [
        "ACL", "SETUSER", "clerk", "on", ">pw", "~*", "+@all", "-zadd",
    ];
    server.command(&rules);
    let url = server.url().replace("redis://", "redis://clerk:pw@");
    RedisStore::new(RUNTIME.block_on(server::connection(&url))).indexed()
}

#[test]
fn an_approval_that_cannot_be_noted_is_not_written() {
    let server = Server::start();
    let row = RUNTIME.block_on(insert(&indexed(&server), &new_row(1)));
    let approval = Shape::approved().over(&row, 2);
    let error = RUNTIME
        .block_on(clerk(&server).replace(&approval))
        .unwrap_err();
    assert!(
        !error.is_retryable() && chain(&error).contains("`src/guide/redis.md`"),
        "{}",
        chain(&error)
    );
    let found = RUNTIME
        .block_on(indexed(&server).find(&id(1)))
        .unwrap()
        .unwrap();
    assert!(found.is_pending && found.subject.is_none());
}

#[test]
fn an_insertion_that_cannot_be_noted_is_not_acknowledged() {
    let server = Server::start();
    assert!(
        RUNTIME
            .block_on(clerk(&server).insert(&new_row(1)))
            .is_err()
    );
}

#[test]
fn a_store_without_an_index_says_how_to_have_one() {
    let server = Server::start();
    let store = RedisStore::new(RUNTIME.block_on(server.connection()));
    let page = PageRequest::first("https://as.example", client(), 1);
    let error = RUNTIME.block_on(store.list(&page)).unwrap_err();
    assert!(
        !error.is_retryable() && chain(&error).contains("`indexed`"),
        "{}",
        chain(&error)
    );
}

#[test]
fn reading_removes_entries_that_lead_nowhere() {
    let server = Server::start();
    let store = indexed(&server);
    for number in 1..=3 {
        RUNTIME.block_on(insert(&store, &new_row(number)));
    }
    let keys = |pattern: &str| -> Vec<String> {
        let answer = server.command(&["KEYS", pattern]);
        answer
            .lines()
            .filter(|line| line.starts_with("dg:"))
            .map(str::to_owned)
            .collect()
    };
    server.command(&["DEL", &keys("dg:g:*")[0]]);
    let ordered = keys("dg:i:*t").remove(0);
    assert!(server.command(&["ZCARD", &ordered]).starts_with(":3"));
    assert_eq!(listed(&store, client()).len(), 2);
    assert!(server.command(&["ZCARD", &ordered]).starts_with(":2"));
}

/// So that whoever revokes all grants of a user revokes the others, and is told of it.
#[test]
fn a_grant_that_cannot_be_read_hides_no_other_and_is_not_passed_over() {
    let server = Server::start();
    let store = indexed(&server);
    for number in 1..=3 {
        let row = RUNTIME.block_on(insert(&store, &new_row(number)));
        RUNTIME.block_on(replace(&store, &row, &Shape::approved(), 9));
    }
    let row = RUNTIME.block_on(by_id(&store, 1)).unwrap();
    let key = server.command(&["KEYS", "dg:g:*"]);
    let key = key.lines().find(|line| line.starts_with("dg:")).unwrap();
    server.command(&["SET", key, "damaged"]);
    for whose in [client(), GrantsOf::Subject(row.subject.unwrap())] {
        let listed = listed(&store, whose);
        let damaged = listed.iter().filter(|row| row.body.as_bytes().is_empty());
        assert_eq!((listed.len(), damaged.count()), (3, 1));
    }
}

#[test]
fn an_index_that_nobody_reads_does_not_grow_without_end() {
    let server = Server::start();
    let clock = ManualClock::new();
    let store = indexed(&server).with_clock(clock.clone());
    for number in 1..=40 {
        let row = RUNTIME.block_on(insert(&store, &new_row(number)));
        clock.set(row.forget_at + Duration::from_secs(61));
    }
    let answer = server.command(&["KEYS", "dg:i:*"]);
    let keys = answer.lines().filter(|line| line.starts_with("dg:"));
    for key in keys {
        let count = server.command(&["ZCARD", key]);
        assert!(count.starts_with(":1\r"), "{key}: {count}");
        assert!(
            !server.command(&["PTTL", key]).starts_with(":-1"),
            "{key} has no end"
        );
    }
}

#[test]
fn an_entry_is_kept_as_long_as_a_grant_that_is_remembered_for_longer() {
    let server = Server::start();
    let clock = ManualClock::new();
    let store = indexed(&server).with_clock(clock.clone());
    let row = RUNTIME.block_on(insert(&store, &new_row(1)));
    let mut approval = Shape::approved().over(&row, 2);
    approval.forget_at = row.forget_at + Duration::from_secs(86_400);
    assert!(RUNTIME.block_on(store.replace(&approval)).unwrap());
    clock.set(row.forget_at + Duration::from_secs(3_600));
    // What is over goes with the next entry.
    RUNTIME.block_on(insert(&store, &new_row(2)));
    assert_eq!(listed(&store, client()).len(), 2);
    assert_eq!(listed(&store, subject(&row)).len(), 1);
}

#[test]
fn a_grant_is_noted_at_its_insertion_and_its_approval_and_at_nothing_else() {
    let server = Server::start();
    let store = indexed(&server);
    let row = RUNTIME.block_on(insert(&store, &new_row(9)));
    assert!(
        RUNTIME
            .block_on(store.replace(&Shape::approved().over(&row, 2)))
            .unwrap()
    );
    let zadd = |counted: std::collections::BTreeMap<String, u64>| counted.get("zadd").copied();
    let insertion = commands(&server, insert(&store, &new_row(1)));
    assert_eq!(zadd(insertion), Some(2));
    let row = RUNTIME.block_on(store.find(&id(1))).unwrap().unwrap();
    let approval = Shape::approved().over(&row, 2);
    let approving = commands(&server, async { store.replace(&approval).await.unwrap() });
    assert_eq!(zadd(approving), Some(4));
    let row = RUNTIME.block_on(store.find(&id(1))).unwrap().unwrap();
    let next = Shape::approved().over(&row, 3);
    let counted = commands(&server, async { store.replace(&next).await.unwrap() });
    assert_eq!(
        counted,
        of([("evalsha", 1), ("get", 1), ("set", 1), ("time", 1)])
    );
}
