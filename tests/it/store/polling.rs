//! Clauses 5 to 7: what a poll writes, and how it is judged.

use std::time::Duration;

use device_grant::grant::{Grant, Holder, KeyThumbprint, Pace, Paced, Pacing, Stored, Timestamp};
use device_grant::host::{GrantStore, Polled, Replaced};
use device_grant::message::PkceVerifier;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::harness::*;

/// A poll by the rightful holder of the grant of this number.
async fn poll(store: &dyn GrantStore, number: u64, now: Timestamp) -> Polled {
    let (holder, pacing) = (Holder::new("tv"), Pacing::default());
    let polled = store.record_poll(&id(number), &holder, now, &pacing).await;
    polled.unwrap().expect("the grant is known")
}

pub(crate) async fn clause_05_a_poll_changes_neither_the_grant_nor_its_revision(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    for micros in [0, 1, 2, 3 * SECOND, 5 * SECOND] {
        let polled = poll(store, 1, at_micros(micros)).await;
        assert_eq!(polled.stored, stored(1));
        assert_eq!(store.find(&id(1)).await.unwrap(), Some(stored(1)));
    }
}

pub(crate) async fn clause_05_polls_never_make_a_decision_lose(store: &dyn GrantStore) {
    for round in 0..50 {
        insert(store, &stored(round)).await;
        let next = Stored::new(approved(&grant(round)), revision(1_000));
        let decided = race(|racer| {
            if racer == 0 {
                return block_on(store.replace(revision(round), &next)).unwrap() == Replaced::Won;
            }
            for step in 0..20 {
                block_on(poll(store, round, at(30 + step)));
            }
            true
        });
        assert!(decided.iter().all(|won| *won), "round {round}");
        assert_eq!(store.find(&id(round)).await.unwrap(), Some(next));
    }
}

pub(crate) async fn clause_05_a_replacement_leaves_the_pace_as_it_is(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(poll(store, 1, at(0)).await.paced, Some(Paced::Accepted));
    replace(store, &stored(1), reviewed(&grant(1)), 2).await;
    let again = poll(store, 1, at(2)).await;
    assert_eq!(again.paced, Some(Paced::SlowDown { interval: 10 }));
}

pub(crate) async fn clause_06_a_poll_by_a_stranger_is_unpaced_and_writes_nothing(
    store: &dyn GrantStore,
) {
    let challenge = |letter: &str| PkceVerifier::parse(&letter.repeat(43)).unwrap().challenge();
    let key = |byte| KeyThumbprint::from_bytes([byte; 32]);
    let rightful = Holder::new("tv").key(key(1)).pkce(challenge("a"));
    let mut issuance = issuance(1);
    issuance.holder = rightful.clone();
    let new = Stored::new(Grant::issue(issuance), revision(1));
    insert(store, &new).await;
    let pacing = Pacing::default();
    for stranger in [
        Holder::new("radio").key(key(1)).pkce(challenge("a")),
        Holder::new("TV").key(key(1)).pkce(challenge("a")),
        Holder::new("tv"),
        Holder::new("tv").key(key(1)),
        Holder::new("tv").pkce(challenge("a")),
        Holder::new("tv").key(key(2)).pkce(challenge("a")),
        Holder::new("tv").key(key(1)).pkce(challenge("b")),
    ] {
        for _ in 0..3 {
            let polled = store.record_poll(&id(1), &stranger, at(1), &pacing).await;
            let expected = Polled::new(new.clone(), None);
            assert_eq!(polled.unwrap(), Some(expected), "{stranger:?}");
        }
    }
    let first = store.record_poll(&id(1), &rightful, at(1), &pacing).await;
    assert_eq!(
        first.unwrap(),
        Some(Polled::new(new, Some(Paced::Accepted)))
    );
}

pub(crate) async fn clause_06_a_binding_that_the_grant_does_not_have_is_no_obstacle(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let more = Holder::new("tv").key(KeyThumbprint::from_bytes([1; 32]));
    let polled = store
        .record_poll(&id(1), &more, at(0), &Pacing::default())
        .await;
    assert_eq!(polled.unwrap().unwrap().paced, Some(Paced::Accepted));
}

pub(crate) async fn clause_06_only_undecided_grants_are_paced(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for (number, next) in (2..).zip(in_every_state(&grant(1))) {
        let is_pending = next.is_undecided(at(30));
        current = replace(store, &current, next, number).await;
        let polled = poll(store, 1, at(30)).await;
        assert_eq!(polled.stored, current);
        assert_eq!(polled.paced.is_some(), is_pending, "{:?}", current.grant);
    }
}

pub(crate) async fn clause_06_a_grant_is_paced_until_the_last_microsecond_before_its_expiry(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let polled = poll(store, 1, at(EXPIRES)).await;
    assert_eq!(polled, Polled::new(stored(1), None));
    let polled = poll(store, 1, at_micros(EXPIRES * SECOND - 1)).await;
    assert_eq!(polled.paced, Some(Paced::Accepted));
}

pub(crate) async fn clause_06_a_poll_of_an_unknown_grant_finds_nothing(store: &dyn GrantStore) {
    let polled = store
        .record_poll(&id(1), &Holder::new("tv"), at(0), &Pacing::default())
        .await;
    assert_eq!(polled.unwrap(), None);
    assert_eq!(store.find(&id(1)).await.unwrap(), None);
}

pub(crate) async fn clause_07_the_interval_is_the_grants_and_the_leeway_the_callers(
    store: &dyn GrantStore,
) {
    let mut slow = issuance(1);
    slow.interval = 30;
    insert(store, &Stored::new(Grant::issue(slow), revision(1))).await;
    let skewed = Pacing::default().clock_skew(Duration::from_millis(1_500));
    let judged = [
        (0, Pacing::default(), Paced::Accepted),
        (
            27 * SECOND - 1,
            Pacing::default(),
            Paced::SlowDown { interval: 35 },
        ),
        (25_500_000 - 1, skewed, Paced::SlowDown { interval: 40 }),
        (25_500_000, skewed, Paced::Accepted),
    ];
    for (micros, pacing, expected) in judged {
        let polled = store
            .record_poll(&id(1), &Holder::new("tv"), at_micros(micros), &pacing)
            .await;
        assert_eq!(
            polled.unwrap().unwrap().paced,
            Some(expected),
            "at {micros} µs"
        );
    }
}

pub(crate) async fn clause_07_every_grant_has_a_pace_of_its_own(store: &dyn GrantStore) {
    for number in 0..200 {
        insert(store, &stored(number)).await;
        let polled = poll(store, number, at(0)).await;
        assert_eq!(polled.paced, Some(Paced::Accepted), "grant {number}");
    }
}

pub(crate) async fn clause_07_polls_are_judged_like_the_pure_function(store: &dyn GrantStore) {
    let mut runner = TestRunner::deterministic();
    for number in 0..200 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        follow(store, number, &history).await;
    }
}

pub(crate) async fn clause_07_of_racing_polls_one_is_accepted(store: &dyn GrantStore) {
    for round in 0..50 {
        insert(store, &stored(round)).await;
        let mut paced = race(|_| block_on(poll(store, round, at(0))).paced.unwrap());
        paced.sort_by_key(|paced| match paced {
            Paced::Accepted => 0,
            Paced::Twin => 1,
            Paced::SlowDown { interval } => *interval,
        });
        let mut expected = vec![Paced::Accepted, Paced::Twin];
        let told = (10..)
            .step_by(5)
            .map(|interval| Paced::SlowDown { interval });
        expected.extend(told.take(usize::try_from(RACERS).unwrap() - 2));
        assert_eq!(paced, expected, "round {round}: each poll counts");
    }
}

/// A grant's interval, the disagreement of clocks in ms, and at how many microseconds after issue it is polled.
#[derive(Clone, Debug)]
pub(super) struct History {
    interval: u32,
    skew: u64,
    polls: Vec<i64>,
}

pub(super) fn histories() -> impl Strategy<Value = History> {
    let later = prop_oneof![
        4 => (0..=14_i64, -1..=1_i64).prop_map(|(halves, off)| halves * 500_000 + off),
        2 => 0..2_000_000_i64,
        2 => 0..70_000_000_i64,
        1 => -3_000_000..0_i64,
    ];
    let skew = prop_oneof![Just(0), 0..3_000_u64];
    let polls = prop::collection::vec(later, 1..40);
    (1..=60_u32, skew, polls).prop_map(|(interval, skew, later)| {
        let polls = later.into_iter().scan(0, |now, later| {
            *now += later;
            Some(*now)
        });
        History {
            interval,
            skew,
            polls: polls.collect(),
        }
    })
}

/// Polls the grant of this number as the history says, and holds each answer against `Pace::poll`.
pub(super) async fn follow(store: &dyn GrantStore, number: u64, history: &History) {
    let mut issuance = issuance(number);
    issuance.interval = history.interval;
    let grant = Grant::issue(issuance);
    insert(store, &Stored::new(grant.clone(), revision(number))).await;
    let pacing = Pacing::default().clock_skew(Duration::from_millis(history.skew));
    let holder = Holder::new("tv");
    let mut pace = Pace::new(history.interval);
    for micros in &history.polls {
        let now = at_micros(*micros);
        let mut expected = None;
        if grant.is_paced(&holder, now) {
            let (next, paced) = pace.poll(history.interval, now, &pacing);
            (pace, expected) = (next, Some(paced));
        }
        let polled = store.record_poll(&id(number), &holder, now, &pacing).await;
        let polled = polled.unwrap().expect("the grant is known");
        assert_eq!(polled.paced, expected, "at {micros} µs of {history:?}");
    }
}
