//! What is stored under which keys, and for how long.

use std::time::Duration;

use device_grant::grant::{
    Grant, Holder, HostData, Pace, Paced, Pacing, Revision, Stored, Timestamp,
};
use device_grant::host::{GrantStore, Insertion, StoreError};
use device_grant::store::RedisStore;
use redis::AsyncCommands;

use crate::patience::until;
use crate::runtime::RUNTIME;
use crate::server::Server;
use device_grant::testing::conformance::store::fixtures::*;

struct Fixture {
    server: Server,
    store: RedisStore,
}

impl Fixture {
    fn new() -> Self {
        let server = Server::start();
        let store = RedisStore::new(RUNTIME.block_on(server.connection()));
        Self { server, store }
    }

    /// The names of all keys, sorted.
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = RUNTIME
            .block_on(async { self.server.connection().await.keys("*").await })
            .unwrap();
        keys.sort();
        keys
    }

    /// The only key that begins so.
    fn key(&self, prefix: &str) -> String {
        let mut keys = self.keys();
        keys.retain(|key| key.starts_with(prefix));
        assert_eq!(keys.len(), 1, "{keys:?}");
        keys.remove(0)
    }

    fn seconds_left(&self, key: &str) -> i64 {
        RUNTIME
            .block_on(async { self.server.connection().await.ttl(key).await })
            .unwrap()
    }

    fn value(&self, key: &str) -> Vec<u8> {
        RUNTIME
            .block_on(async { self.server.connection().await.get(key).await })
            .unwrap()
    }

    fn set(&self, key: &str, value: &[u8]) {
        let set = async {
            self.server
                .connection()
                .await
                .set::<_, _, ()>(key, value)
                .await
        };
        RUNTIME.block_on(set).unwrap();
    }

    fn poll(&self, now: Timestamp) -> Result<Option<Paced>, StoreError> {
        let (holder, pacing) = (Holder::new("tv"), Pacing::default());
        let polled = RUNTIME.block_on(self.store.record_poll(&id(1), &holder, now, &pacing));
        Ok(polled?.and_then(|polled| polled.paced))
    }
}

#[test]
fn a_grant_is_two_keys_and_neither_holds_a_code_or_an_id_in_clear() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let [grant, code] = <[String; 2]>::try_from(t.keys()).unwrap();
    assert!(
        grant.starts_with("dg:g:") && grant.len() == 5 + 22,
        "{grant}"
    );
    assert!(code.starts_with("dg:u:") && code.len() == 5 + 22, "{code}");
}

#[test]
fn a_grant_lives_as_long_as_it_is_remembered_and_its_code_a_minute_longer() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let (grant, code) = (
        t.seconds_left(&t.key("dg:g:")),
        t.seconds_left(&t.key("dg:u:")),
    );
    assert!((FORGET - 5..=FORGET).contains(&grant), "{grant} s");
    assert!((FORGET + 55..=FORGET + 60).contains(&code), "{code} s");
}

#[test]
fn neither_a_poll_nor_a_decision_changes_how_long_a_grant_lives() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    t.poll(at(1)).unwrap();
    RUNTIME.block_on(replace(&t.store, &stored(1), approved(&grant(1)), 2));
    let left = t.seconds_left(&t.key("dg:g:"));
    assert!((FORGET - 5..=FORGET).contains(&left), "{left} s");
}

#[test]
fn how_long_a_grant_lives_does_not_depend_on_what_time_its_node_thinks_it_is() {
    for micros in [-62_135_000_000_000_001, 0, 253_402_000_000_000_001] {
        let t = Fixture::new();
        let mut issuance = issuance(1);
        issuance.issued_at = Timestamp::from_micros(micros);
        RUNTIME.block_on(insert(
            &t.store,
            &Stored::new(Grant::issue(issuance), revision(1)),
        ));
        let left = t.seconds_left(&t.key("dg:g:"));
        assert!(
            (FORGET - 5..=FORGET).contains(&left),
            "{left} s, issued at {micros} µs"
        );
    }
}

#[test]
fn redis_forgets_by_itself() {
    let t = Fixture::new();
    let mut issuance = issuance(1);
    (issuance.lifetime, issuance.retention) = (Duration::ZERO, Duration::from_millis(20));
    RUNTIME.block_on(insert(
        &t.store,
        &Stored::new(Grant::issue(issuance), revision(1)),
    ));
    until("the grant is gone", || {
        RUNTIME.block_on(t.store.find(&id(1))).unwrap().is_none()
    });
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 1)), None);
}

#[test]
fn the_prefix_separates_deployments() {
    let t = Fixture::new();
    let other = t.store.clone().key_prefix("other/").unwrap();
    RUNTIME.block_on(async {
        insert(&t.store, &stored(1)).await;
        assert_eq!(other.find(&id(1)).await.unwrap(), None);
        insert(&other, &stored(1)).await;
        assert_eq!(other.purge(at(FORGET), 10).await.unwrap(), 1);
        assert_eq!(t.store.find(&id(1)).await.unwrap(), Some(stored(1)));
    });
}

#[test]
fn a_user_code_that_leads_to_no_grant_is_unknown() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let grant = t.key("dg:g:");
    RUNTIME
        .block_on(async { t.server.connection().await.del::<_, ()>(grant).await })
        .unwrap();
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 1)), None);
}

#[test]
fn a_user_code_that_leads_to_a_grant_with_another_is_unknown() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let code = t.key("dg:u:");
    t.set(&code, id(2).as_bytes());
    RUNTIME.block_on(insert(&t.store, &stored(2)));
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 1)), None);
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 2)), Some(stored(2)));
}

#[test]
fn an_insertion_that_is_refused_frees_its_user_code() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let mut second = issuance(1);
    second.user_code = Some(code(2));
    let second = Stored::new(Grant::issue(second), revision(2));
    let inserted = RUNTIME.block_on(t.store.insert(&second)).unwrap();
    assert_eq!(inserted, Insertion::Taken);
    assert_eq!(t.keys().len(), 2);
}

#[test]
fn any_text_comes_back() {
    let t = Fixture::new();
    let long = "\u{0}\u{1f4fa}\r\n{x}".repeat(1_000);
    let mut issuance = issuance(1);
    issuance.holder = Holder::new(long.clone());
    issuance.data = HostData::new([("note", "\u{0}\u{1f4fa}".repeat(100))]).unwrap();
    let new = Stored::new(Grant::issue(issuance), revision(1));
    RUNTIME.block_on(insert(&t.store, &new));
    assert_eq!(RUNTIME.block_on(t.store.find(&id(1))).unwrap(), Some(new));
    let poll = |client: String| {
        let holder = Holder::new(client);
        let pacing = Pacing::default();
        let polled = RUNTIME.block_on(t.store.record_poll(&id(1), &holder, at(1), &pacing));
        polled.unwrap().unwrap().paced
    };
    assert_eq!(poll(format!("{long}x")), None);
    assert_eq!(poll(long), Some(Paced::Accepted));
}

/// Beyond 2⁵³ Lua's numbers are rounded; what comes of that has to be what the pure function says.
#[test]
fn polls_at_the_ends_of_time_are_judged_like_the_pure_function() {
    let t = Fixture::new();
    let times = [
        i64::MIN,
        i64::MIN + 1,
        -1_000_001,
        -1,
        0,
        1,
        1 << 53,
        (1 << 53) + 1,
        i64::MAX - 1,
    ];
    let skews = [
        Duration::ZERO,
        Duration::from_micros(1),
        Duration::from_secs(1 << 33),
        Duration::from_secs(1 << 42),
    ];
    let mut number = 0;
    for (last, now) in times.iter().flat_map(|last| times.map(|now| (*last, now))) {
        for interval in [0, 1, 5, u32::MAX] {
            for skew in skews {
                number += 1;
                let mut issuance = issuance(number);
                issuance.user_code = None;
                issuance.issued_at = Timestamp::from_micros(0);
                issuance.lifetime = Duration::MAX;
                issuance.interval = interval;
                let new = Stored::new(Grant::issue(issuance), revision(1));
                let pacing = Pacing::default().clock_skew(skew);
                RUNTIME.block_on(async {
                    insert(&t.store, &new).await;
                    let mut pace = Pace::new(interval);
                    for now in [last, now, now, now] {
                        let now = Timestamp::from_micros(now);
                        let (next, expected) = pace.poll(interval, now, &pacing);
                        pace = next;
                        let holder = Holder::new("tv");
                        let polled = t
                            .store
                            .record_poll(&id(number), &holder, now, &pacing)
                            .await;
                        let paced = polled.unwrap().unwrap().paced;
                        assert_eq!(
                            paced,
                            Some(expected),
                            "{last} then {now:?}, {interval} s, {skew:?}"
                        );
                    }
                });
            }
        }
    }
}

/// Bytes that this version cannot read, as a newer one may have written them.
#[test]
fn what_a_newer_version_wrote_is_a_clear_error_and_stays_as_it_is() {
    fn newer_layout(row: &mut [u8]) {
        row[0] = 2;
    }
    fn newer_record(row: &mut [u8]) {
        let at = row
            .windows(5)
            .position(|window| window == b"\"v\":1")
            .unwrap();
        row[at + 4] = b'7';
    }
    let changes: [fn(&mut [u8]); 2] = [newer_layout, newer_record];
    for change in changes {
        let t = Fixture::new();
        RUNTIME.block_on(insert(&t.store, &stored(1)));
        RUNTIME.block_on(insert(&t.store, &stored(2)));
        RUNTIME.block_on(t.store.purge(at(FORGET), 0)).unwrap();
        let key = t.keys().into_iter().find(|key| {
            key.starts_with("dg:g:") && t.value(key).windows(32).any(|w| w == code(1).as_bytes())
        });
        let key = key.unwrap();
        let mut row = t.value(&key);
        change(&mut row);
        t.set(&key, &row);

        let expected = Some("update it on this node".to_owned());
        let found = RUNTIME.block_on(t.store.find(&id(1))).unwrap_err();
        assert_eq!(last_words(&found), expected);
        let found = RUNTIME
            .block_on(t.store.find_by_user_code(&[code(1)]))
            .unwrap_err();
        assert_eq!(last_words(&found), expected);
        assert!(!found.is_retryable());
        assert_eq!(last_words(&t.poll(at(EXPIRES)).unwrap_err()), expected);
        assert_eq!(t.value(&key), row);
        assert!(RUNTIME.block_on(t.store.find(&id(2))).unwrap().is_some());
    }
}

#[test]
fn no_replacement_overwrites_a_layout_that_it_does_not_know() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let key = t.key("dg:g:");
    let mut row = t.value(&key);
    row[0] = 2;
    t.set(&key, &row);
    let next = Stored::new(approved(&grant(1)), Revision::from_u64(2));
    let replaced = RUNTIME
        .block_on(t.store.replace(revision(1), &next))
        .unwrap_err();
    assert!(!replaced.is_retryable());
    assert_eq!(t.value(&key), row);
}

#[test]
fn no_damaged_row_is_more_than_an_error() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &stored(1)));
    let key = t.key("dg:g:");
    let row = t.value(&key);
    for length in 0..row.len() {
        t.set(&key, &row[..length]);
        let found = RUNTIME.block_on(t.store.find(&id(1))).unwrap_err();
        assert!(!found.is_retryable(), "{length} bytes");
        assert!(t.poll(at(1)).is_err(), "{length} bytes");
        let _ = RUNTIME.block_on(t.store.purge(at(0), 10)).unwrap();
    }
}

/// The end of the innermost cause, if it has a colon in it.
fn last_words(error: &StoreError) -> Option<String> {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    text.rsplit_once(": ").map(|(_, words)| words.to_owned())
}
