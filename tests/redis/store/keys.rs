//! The keys in Redis, their contents, and their times to live.

use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Body, GrantStore, Pace, Paced, PollRecord, PortError};
use device_grant::store::RedisStore;
use device_grant::testing::ManualClock;
use redis::AsyncCommands;

use crate::patience::until;
use crate::runtime::RUNTIME;
use crate::server::Server;
use crate::stats;
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

    /// Adds more keys of somebody else than one purge looks at.
    fn fill(&self) {
        let mut foreign = redis::pipe();
        for number in 0..FOREIGN {
            foreign.set(format!("foreign:{number}"), 1).ignore();
        }
        RUNTIME.block_on(async {
            let mut connection = self.server.connection().await;
            foreign.exec_async(&mut connection).await.unwrap();
        });
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

    fn delete(&self, key: &str) {
        let delete = async { self.server.connection().await.del::<_, ()>(key).await };
        RUNTIME.block_on(delete).unwrap();
    }

    fn poll(&self) -> Result<Option<Paced>, PortError> {
        let poll = PollRecord::new(id(1));
        let polled = RUNTIME.block_on(self.store.record_poll(&poll));
        Ok(polled?.and_then(|polled| polled.paced))
    }

    /// An approval that has the first grant remembered for a day longer.
    fn remember_for_longer(&self) -> Result<bool, PortError> {
        let row = RUNTIME.block_on(by_id(&self.store, 1)).unwrap();
        let mut approval = Shape::approved().over(&row, 2);
        approval.forget_at = row.forget_at + Duration::from_secs(DAY.unsigned_abs());
        RUNTIME.block_on(self.store.replace(&approval))
    }
}

const DAY: i64 = 86_400;
const FOREIGN: usize = 25_000;

#[test]
fn a_grant_is_two_keys_and_neither_holds_a_code_or_an_id_in_clear() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
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
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
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
    let row = RUNTIME.block_on(insert(&t.store, &new_row(1)));
    t.poll().unwrap();
    RUNTIME.block_on(replace(&t.store, &row, &Shape::approved(), 2));
    let left = t.seconds_left(&t.key("dg:g:"));
    assert!((FORGET - 5..=FORGET).contains(&left), "{left} s");
}

#[test]
fn a_grant_that_is_remembered_for_longer_keeps_its_user_code_a_minute_longer_still() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    assert!(t.remember_for_longer().unwrap());
    let left = ["dg:g:", "dg:u:"].map(|kind| t.seconds_left(&t.key(kind)));
    let forget = FORGET + DAY;
    assert!((forget - 5..=forget).contains(&left[0]), "{left:?} s");
    assert!((forget + 55..=forget + 60).contains(&left[1]), "{left:?} s");
}

#[test]
fn a_grant_that_is_remembered_for_less_goes_earlier() {
    let t = Fixture::new();
    let row = RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let mut denial = Shape::denied().over(&row, 2);
    denial.forget_at = row.expires_at;
    let replaced = RUNTIME.block_on(t.store.replace(&denial)).unwrap();
    assert!(replaced);
    let left = t.seconds_left(&t.key("dg:g:"));
    assert!((EXPIRES - 5..=EXPIRES).contains(&left), "{left} s");
}

#[test]
fn a_user_code_that_was_lost_is_taken_again_before_its_grant_is_remembered_for_longer() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    t.delete(&t.key("dg:u:"));
    assert!(t.remember_for_longer().unwrap());
    assert!(RUNTIME.block_on(by_code(&t.store, 1)).is_some());
    assert!(t.seconds_left(&t.key("dg:u:")) > FORGET + DAY);
}

#[test]
fn no_grant_is_remembered_for_longer_if_its_user_code_cannot_be() {
    let t = Fixture::new();
    let row = RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let code = t.key("dg:u:");
    t.delete(&code);
    t.server.command(&["LPUSH", &code, "x"]);
    assert!(t.remember_for_longer().is_err());
    assert_eq!(RUNTIME.block_on(by_id(&t.store, 1)), Some(row));
    assert!(t.seconds_left(&t.key("dg:g:")) <= FORGET);
}

#[test]
fn a_user_code_of_another_grant_is_kept_no_longer() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let code = t.key("dg:u:");
    t.set(&code, id(2).as_bytes());
    t.server.command(&["EXPIRE", &code, "100"]);
    assert!(t.remember_for_longer().unwrap());
    assert_eq!(t.value(&code), id(2).as_bytes());
    assert!(t.seconds_left(&code) <= 100);
}

#[test]
fn the_server_tells_the_time() {
    let t = Fixture::new();
    let told = || -> i64 {
        let answer = t.server.command(&["TIME"]);
        let mut numbers = answer.lines().filter_map(|line| line.parse::<i64>().ok());
        numbers.next().unwrap() * SECOND + numbers.next().unwrap()
    };
    let before = told();
    let issued = RUNTIME.block_on(t.store.insert(&new_row(1))).unwrap();
    let found = RUNTIME.block_on(t.store.find(&id(1))).unwrap().unwrap();
    let poll = PollRecord::new(id(1));
    let polled = RUNTIME.block_on(t.store.record_poll(&poll)).unwrap();
    let after = told();
    let Some(at) = issued else {
        panic!("{issued:?}")
    };
    assert_eq!(found.issued_at, at);
    let times = [at, found.read_at, polled.unwrap().read_at].map(Timestamp::as_micros);
    assert!(times.is_sorted(), "{times:?}");
    assert!(
        before <= times[0] && times[2] <= after,
        "{before} {times:?} {after}"
    );
}

#[test]
fn how_long_a_grant_lives_does_not_depend_on_what_time_it_is() {
    for micros in [
        i64::MIN,
        -62_135_000_000_000_001,
        0,
        253_402_000_000_000_001,
    ] {
        let t = Fixture::new();
        let clock = ManualClock::new();
        clock.set(Timestamp::from_micros(micros));
        let store = t.store.clone().with_clock(clock);
        RUNTIME.block_on(insert(&store, &new_row(1)));
        let left = t.seconds_left(&t.key("dg:g:"));
        assert!(
            (FORGET - 5..=FORGET).contains(&left),
            "{left} s, issued at {micros} µs"
        );
    }
}

#[test]
fn an_insertion_at_the_ends_of_time_has_the_times_that_it_should() {
    let (t, clock) = (Fixture::new(), ManualClock::new());
    let store = t.store.clone().with_clock(clock.clone());
    let durations = [0, 1, (1 << 32) - 1, 1 << 32, 1 << 53, 1 << 62].map(Duration::from_micros);
    let mut number = 0;
    for micros in [
        i64::MIN,
        -(1 << 32),
        -1,
        0,
        1 << 53,
        1 << 62,
        i64::MAX - 60 * SECOND,
    ] {
        clock.set(Timestamp::from_micros(micros));
        for lifetime in durations.into_iter().chain([Duration::MAX]) {
            for retention in [Duration::from_secs(5), Duration::MAX] {
                number += 1;
                let mut new = new_row(number);
                (new.lifetime, new.retention) = (lifetime, retention);
                let row = RUNTIME.block_on(insert(&store, &new));
                assert_eq!(
                    RUNTIME.block_on(by_id(&store, number)),
                    Some(row),
                    "{micros}"
                );
            }
        }
    }
}

#[test]
fn redis_forgets_by_itself() {
    let t = Fixture::new();
    let mut new = new_row(1);
    (new.lifetime, new.retention) = (Duration::ZERO, Duration::from_millis(20));
    RUNTIME.block_on(insert(&t.store, &new));
    until("the grant is gone", || {
        RUNTIME.block_on(t.store.find(&id(1))).unwrap().is_none()
    });
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 1)), None);
}

#[test]
fn what_was_restored_without_its_time_to_live_is_purged_by_the_time_of_the_server() {
    let t = Fixture::new();
    let mut new = new_row(1);
    (new.lifetime, new.retention) = (Duration::ZERO, Duration::from_secs(3));
    RUNTIME.block_on(insert(&t.store, &new));
    t.server.command(&["PERSIST", &t.key("dg:g:")]);
    assert_eq!(RUNTIME.block_on(t.store.purge(10)).unwrap(), 0);
    until("the grant is purged", || {
        RUNTIME.block_on(t.store.purge(10)).unwrap() == 1
    });
    assert_eq!(t.keys(), [""; 0]);
}

/// Keys expire, so a purge need not look at millions of them each minute.
#[test]
fn a_purge_looks_at_a_bounded_number_of_keys_and_the_next_one_goes_on() {
    let t = Fixture::new();
    let mut new = new_row(1);
    (new.lifetime, new.retention) = (Duration::ZERO, Duration::from_secs(1));
    RUNTIME.block_on(insert(&t.store, &new));
    t.server.command(&["PERSIST", &t.key("dg:g:")]);
    t.fill();
    for _ in 0..5 {
        let counted = stats::commands(&t.server, t.store.purge(10));
        assert!(counted["scan"] <= 10, "{counted:?}");
    }
    until("the grant is purged", || {
        !t.keys().iter().any(|key| key.starts_with("dg:g:")) || {
            RUNTIME.block_on(t.store.purge(10)).unwrap();
            false
        }
    });
}

#[test]
fn a_purge_passes_over_what_is_no_grant() {
    let t = Fixture::new();
    t.server.command(&["RPUSH", "dg:g:somebody-elses", "x"]);
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let clock = ManualClock::new();
    clock.set(Timestamp::MAX);
    let purged = RUNTIME.block_on(t.store.clone().with_clock(clock).purge(10));
    assert_eq!(purged.unwrap(), 1);
}

/// By the clock of a test no key expires: there, too, a call says 0 only if nothing is left.
#[test]
fn a_purge_by_a_clock_of_its_own_finds_everything_however_many_foreign_keys_there_are() {
    let t = Fixture::new();
    t.fill();
    let clock = ManualClock::new();
    clock.set(Timestamp::MAX);
    let store = t.store.clone().with_clock(clock);
    for number in 1..=8 {
        RUNTIME.block_on(insert(&t.store, &new_row(number)));
        // The walk begins wherever the one before has ended.
        assert_eq!(RUNTIME.block_on(store.purge(1)).unwrap(), 1, "{number}");
        if number % 2 == 0 {
            assert_eq!(RUNTIME.block_on(store.purge(1)).unwrap(), 0, "{number}");
        }
    }
    assert_eq!(t.keys().len(), FOREIGN);
}

#[test]
fn the_prefix_separates_deployments() {
    let t = Fixture::new();
    let other = t.store.clone().key_prefix("other/").unwrap();
    RUNTIME.block_on(async {
        let row = insert(&t.store, &new_row(1)).await;
        assert_eq!(other.find(&id(1)).await.unwrap(), None);
        insert(&other, &new_row(1)).await;
        let clock = ManualClock::new();
        clock.set(row.forget_at + Duration::from_secs(60));
        assert_eq!(other.with_clock(clock).purge(10).await.unwrap(), 1);
        assert_eq!(by_id(&t.store, 1).await, Some(row));
    });
}

#[test]
fn a_user_code_that_leads_to_no_grant_is_unknown() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    t.delete(&t.key("dg:g:"));
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 1)), None);
}

#[test]
fn a_user_code_that_leads_to_a_grant_with_another_is_unknown() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let code = t.key("dg:u:");
    t.set(&code, id(2).as_bytes());
    let second = RUNTIME.block_on(insert(&t.store, &new_row(2)));
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 1)), None);
    assert_eq!(RUNTIME.block_on(by_code(&t.store, 2)), Some(second));
}

#[test]
fn an_insertion_that_is_refused_frees_its_user_code() {
    let t = Fixture::new();
    RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let mut second = new_row(1);
    second.user_code = Some(code(2));
    let inserted = RUNTIME.block_on(t.store.insert(&second)).unwrap();
    assert_eq!(inserted, None);
    assert_eq!(t.keys().len(), 2);
}

/// Each body is replaced by each.
#[test]
fn any_text_and_any_body_come_back() {
    let t = Fixture::new();
    let long = "\u{0}\u{1f4fa}\r\n{x}".repeat(1_000);
    let bodies = [&b""[..], br#"{"v":1,"r":{}}"#, &[0, 255, 128]];
    let mut number = 0;
    for (body, next) in bodies
        .iter()
        .flat_map(|body| bodies.map(|next| (*body, next)))
    {
        for code in [None, Some(code(number))] {
            number += 1;
            let mut new = new_row(number);
            (new.issuer, new.client_id) = (long.as_str().into(), long.as_str().into());
            (new.user_code, new.body) = (code, Body::from(body));
            let mut row = RUNTIME.block_on(insert(&t.store, &new));
            assert_eq!(
                RUNTIME.block_on(by_id(&t.store, number)).as_ref(),
                Some(&row)
            );
            let mut replacement = Shape::approved().over(&row, 2);
            replacement.subject = Some(long.as_str().into());
            replacement.body = Body::from(next);
            let replaced = RUNTIME.block_on(t.store.replace(&replacement)).unwrap();
            assert!(replaced);
            row.apply(&replacement);
            assert_eq!(RUNTIME.block_on(by_id(&t.store, number)), Some(row));
        }
    }
}

/// Beyond 2⁵³ Lua's numbers are rounded; what comes of that has to be what the pure function says.
#[test]
fn polls_at_the_ends_of_time_are_judged_like_the_pure_function() {
    let (t, clock) = (Fixture::new(), ManualClock::new());
    let store = t.store.clone().with_clock(clock.clone());
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
        Duration::from_secs(1 << 42),
    ];
    let dues = [
        Duration::ZERO,
        Duration::from_micros(4_500_000),
        Duration::from_micros((1 << 53) + 1),
        Duration::MAX,
    ];
    let mut number = 0;
    for (last, now) in times.iter().flat_map(|last| times.map(|now| (*last, now))) {
        for (due_after, told) in dues.into_iter().zip([0, 5, 61, u32::MAX]) {
            for skew in skews {
                number += 1;
                let mut new = new_row(number);
                (new.user_code, new.lifetime) = (None, Duration::MAX);
                new.pace = Pace::new(told, due_after);
                let mut poll = PollRecord::new(id(number));
                poll.set_back_beyond = poll.set_back_beyond.saturating_add(skew);
                clock.set(Timestamp::from_micros(0));
                RUNTIME.block_on(insert(&store, &new));
                let mut pace = new.pace;
                for now in [last, now, now, now].map(Timestamp::from_micros) {
                    let (next, expected) = pace.poll(now, &poll);
                    pace = next;
                    clock.set(now);
                    let polled = RUNTIME.block_on(recorded(&store, &poll)).unwrap();
                    let at = format!("{last} then {now:?}, {due_after:?}, {skew:?}");
                    assert_eq!(polled.paced, Some(expected), "{at}");
                }
            }
        }
    }
}

/// Bytes that this version cannot read, as a newer one may have written them.
#[test]
fn what_a_newer_version_wrote_is_a_clear_error_and_stays_as_it_is() {
    let t = Fixture::new();
    let inserted = RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let key = t.key("dg:g:");
    let mut row = t.value(&key);
    row[0] = 2;
    t.set(&key, &row);
    let second = RUNTIME.block_on(insert(&t.store, &new_row(2)));

    let expected = Some("update it on this node".to_owned());
    let found = RUNTIME.block_on(t.store.find(&id(1))).unwrap_err();
    assert_eq!(last_words(&found), expected);
    let found = RUNTIME.block_on(t.store.find_by_user_code(&[code(1)]));
    let found = found.unwrap_err();
    assert_eq!(last_words(&found), expected);
    assert!(!found.is_retryable());
    assert_eq!(last_words(&t.poll().unwrap_err()), expected);
    let approval = Shape::approved().over(&inserted, 2);
    let replaced = RUNTIME.block_on(t.store.replace(&approval)).unwrap_err();
    assert_eq!(last_words(&replaced), expected);
    let far = ManualClock::new();
    far.set(Timestamp::MAX);
    let purged = RUNTIME.block_on(t.store.clone().with_clock(far).purge(1));
    assert_eq!(purged.unwrap(), 1, "the second");
    assert_eq!(t.value(&key), row);
    assert_eq!(RUNTIME.block_on(by_id(&t.store, 2)), None, "{second:?}");
}

#[test]
fn no_damaged_row_is_more_than_an_error() {
    let t = Fixture::new();
    let inserted = RUNTIME.block_on(insert(&t.store, &new_row(1)));
    let key = t.key("dg:g:");
    let row = t.value(&key);
    let needed = row.len() - new_row(1).body.as_bytes().len();
    let approval = Shape::approved().over(&inserted, 2);
    for length in 0..needed {
        t.set(&key, &row[..length]);
        let found = RUNTIME.block_on(t.store.find(&id(1))).unwrap_err();
        assert!(!found.is_retryable(), "{length} bytes");
        assert!(t.poll().is_err(), "{length} bytes");
        let _ = RUNTIME.block_on(t.store.purge(10)).unwrap();
        if length < 65 {
            assert!(RUNTIME.block_on(t.store.replace(&approval)).is_err() || length == 0);
        }
    }
}

/// The end of the innermost cause, if it has a colon in it.
fn last_words(error: &PortError) -> Option<String> {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    text.rsplit_once(": ").map(|(_, words)| words.to_owned())
}
