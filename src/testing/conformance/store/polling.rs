//! Clauses 5 and 6: a poll writes nothing but its pace, and that only for the holder of a live pending grant.

use super::fixtures::{
    EXPIRES, FORGET, SECOND, approved, at, at_micros, by_id, grant, in_every_state, insert,
    issuance, issued, polled, replace, reviewed, revision, stored,
};
use crate::grant::{Holder, KeyThumbprint, Paced, Pacing, Stored, Timestamp};
use crate::host::{GrantStore, Polled, Replaced};
use crate::message::{PkceChallenge, PkceVerifier};
use crate::testing::conformance::Racers;
use crate::testing::must;

/// A poll by the rightful holder of the grant of this number, which has to be known.
pub(super) async fn poll(store: &dyn GrantStore, number: u64, now: Timestamp) -> Polled {
    poll_as(store, number, &Holder::new("tv"), now).await
}

#[expect(
    clippy::expect_used,
    reason = "this module is for tests, which end by panicking"
)]
async fn poll_as(store: &dyn GrantStore, number: u64, holder: &Holder, now: Timestamp) -> Polled {
    let polled = polled(store, number, holder, now, &Pacing::default()).await;
    polled.expect("the grant is known")
}

/// Whoever reads the grant between two polls sees it as it was.
pub async fn clause_05_a_poll_changes_neither_the_grant_nor_its_revision(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    for micros in [0, 1, 2, 3 * SECOND, 5 * SECOND] {
        let polled = poll(store, 1, at_micros(micros)).await;
        assert_eq!(polled.stored, stored(1));
        assert_eq!(by_id(store, 1).await, Some(stored(1)));
    }
}

/// A decision that races polls is written the first time, and stays.
pub fn clause_05_polls_never_make_a_decision_lose(store: &dyn GrantStore, racers: &Racers<'_>) {
    for round in 0..50 {
        racers.wait(insert(store, &stored(round)));
        let next = Stored::new(approved(&grant(round)), revision(1_000));
        let decided = racers.race(async |racer| {
            if racer == 0 {
                return must(store.replace(revision(round), &next).await) == Replaced::Won;
            }
            for step in 0..20 {
                poll(store, round, at(30 + step)).await;
            }
            true
        });
        assert!(decided.iter().all(|won| *won), "round {round}");
        assert_eq!(racers.wait(by_id(store, round)), Some(next));
    }
}

/// Looking at the code, or any other change of the grant, gives a device no poll for free.
pub async fn clause_05_a_replacement_leaves_the_pace_as_it_is(store: &dyn GrantStore) {
    insert(store, &stored(1)).await;
    assert_eq!(poll(store, 1, at(0)).await.paced, Some(Paced::Accepted));
    replace(store, &stored(1), reviewed(&grant(1)), 2).await;
    let again = poll(store, 1, at(2)).await;
    assert_eq!(again.paced, Some(Paced::SlowDown { interval: 10 }));
}

/// Another client, another key or no PKCE verifier: the answer is the grant, and the rightful device is not slowed.
pub async fn clause_06_a_poll_by_a_stranger_is_unpaced_and_writes_nothing(store: &dyn GrantStore) {
    let mut issuance = issuance(1);
    issuance.holder = bound("tv");
    let new = issued(issuance, 1);
    insert(store, &new).await;
    for stranger in [
        bound("radio"),
        Holder::new("tv"),
        Holder::new("tv").key(key(1)),
        Holder::new("tv").pkce(challenge("a")),
        Holder::new("tv").key(key(2)).pkce(challenge("a")),
        Holder::new("tv").key(key(1)).pkce(challenge("b")),
    ] {
        for _ in 0..3 {
            let polled = poll_as(store, 1, &stranger, at(1)).await;
            assert_eq!(polled, Polled::new(new.clone(), None), "{stranger:?}");
        }
    }
    let first = poll_as(store, 1, &bound("tv"), at(1)).await;
    assert_eq!(first, Polled::new(new, Some(Paced::Accepted)));
}

/// No collation makes one client of two.
pub async fn clause_06_clients_are_told_apart_byte_by_byte(store: &dyn GrantStore) {
    let look_alikes = [
        ("tv", "TV"),
        ("tv", "tv "),
        ("tv", " tv"),
        ("tv", "tv\u{200b}"),
        ("tv", "t\u{ff56}"),
        ("", " "),
        ("7", "07"),
        ("7", "7.0"),
        ("stra\u{df}e", "strasse"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("\u{1f4fa}", "\u{1f4fb}"),
    ];
    for (number, (one, other)) in (1..).step_by(2).zip(look_alikes) {
        for (number, rightful, stranger) in [(number, one, other), (number + 1, other, one)] {
            let mut issuance = issuance(number);
            issuance.holder = Holder::new(rightful);
            insert(store, &issued(issuance, number)).await;
            let polled = poll_as(store, number, &Holder::new(stranger), at(0)).await;
            assert_eq!(polled.paced, None, "{stranger:?} is not {rightful:?}");
            let polled = poll_as(store, number, &Holder::new(rightful), at(0)).await;
            assert_eq!(polled.paced, Some(Paced::Accepted), "{rightful:?}");
        }
    }
}

/// Who has a key although none was asked for is the holder all the same.
pub async fn clause_06_a_binding_that_the_grant_does_not_have_is_no_obstacle(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let polled = poll_as(store, 1, &bound("tv"), at(0)).await;
    assert_eq!(polled.paced, Some(Paced::Accepted));
}

/// An answer that is not "pending" is never delayed.
pub async fn clause_06_only_undecided_grants_are_paced(store: &dyn GrantStore) {
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

/// At `expires_at` it is expired, and a microsecond before it is not.
pub async fn clause_06_a_grant_is_paced_until_the_last_microsecond_before_its_expiry(
    store: &dyn GrantStore,
) {
    insert(store, &stored(1)).await;
    let polled = poll(store, 1, at(EXPIRES)).await;
    assert_eq!(polled, Polled::new(stored(1), None));
    let polled = poll(store, 1, at_micros(EXPIRES * SECOND - 1)).await;
    assert_eq!(polled.paced, Some(Paced::Accepted));
}

/// What has expired is answered as long as it is remembered, in any state, and written by nobody.
pub async fn clause_06_a_poll_after_the_expiry_finds_the_grant_unpaced(store: &dyn GrantStore) {
    let mut current = stored(1);
    insert(store, &current).await;
    for (number, next) in (2..).zip(in_every_state(&grant(1))) {
        current = replace(store, &current, next, number).await;
        for now in [at(EXPIRES), at_micros(FORGET * SECOND - 1)] {
            let polled = poll(store, 1, now).await;
            assert_eq!(polled, Polled::new(current.clone(), None));
        }
    }
}

/// Nothing comes into being by being polled.
pub async fn clause_06_a_poll_of_an_unknown_grant_finds_nothing(store: &dyn GrantStore) {
    insert(store, &stored(2)).await;
    let polled = polled(store, 1, &Holder::new("tv"), at(0), &Pacing::default()).await;
    assert_eq!(polled, None);
    assert_eq!(by_id(store, 1).await, None);
}

fn bound(client: &str) -> Holder {
    Holder::new(client).key(key(1)).pkce(challenge("a"))
}

fn key(byte: u8) -> KeyThumbprint {
    KeyThumbprint::from_bytes([byte; 32])
}

fn challenge(letter: &str) -> PkceChallenge {
    must(PkceVerifier::parse(&letter.repeat(43))).challenge()
}
