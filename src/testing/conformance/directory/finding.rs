//! Clauses 1, 2 and 4: all of their grants and nobody else's, as they are.

use std::slice;
use std::time::Duration;

use super::{ListingStore, all, newest_first};
use crate::grant::{
    Access, Arrival, Claim, Grant, Granted, Holder, Nonce, Reviewer, Stored, Timestamp,
};
use crate::host::GrantsOf;
use crate::testing::conformance::store::fixtures::{
    EXPIRES, FORGET, approved, at, grant, in_every_state, insert, issuance, issued, replace,
    reviewed, revision, stored,
};
use crate::testing::must;

/// Of a client, its grants are listed in every state.
pub async fn clause_01_a_client_has_grants_in_every_state(store: &dyn ListingStore) {
    let written = in_all_states(store).await;
    let listed = all(store, &GrantsOf::client("tv")).await;
    assert_eq!(listed, newest_first(written));
}

/// Of an end user, the grants that they approved are listed in every state that comes of it, revoked ones included.
pub async fn clause_01_an_end_user_has_what_they_approved(store: &dyn ListingStore) {
    let mut written = in_all_states(store).await;
    written.retain(|stored| stored.grant.state().subject().is_some());
    assert_eq!(written.len(), 6);
    let listed = all(store, &GrantsOf::subject("alice")).await;
    assert_eq!(listed, newest_first(written));
}

/// What has expired is listed until it is forgotten.
pub async fn clause_01_the_expired_are_listed_and_the_forgotten_are_not(store: &dyn ListingStore) {
    let theirs = [GrantsOf::subject("alice"), GrantsOf::client("tv")];
    insert(store, &stored(1)).await;
    let current = replace(store, &stored(1), approved(&grant(1)), 2).await;
    must(store.purge(at(EXPIRES + 1), 10).await);
    for of in &theirs {
        assert_eq!(all(store, of).await, slice::from_ref(&current), "{of:?}");
    }
    assert_eq!(must(store.purge(at(FORGET), 10).await), 1);
    for of in &theirs {
        assert_eq!(all(store, of).await, [], "{of:?}");
    }
}

/// Subjects and clients are not the same because they look alike, begin alike, or are one another's name.
pub async fn clause_02_names_are_told_apart_byte_by_byte(store: &dyn ListingStore) {
    let long = "x".repeat(10_000);
    let longer = format!("{long}x");
    let names = [
        "alice",
        "Alice",
        "alice ",
        " alice",
        "alic",
        "alice%",
        "alic_",
        "al\u{ed}ce",
        "ali\u{301}ce",
        "",
        "'; --",
        &long,
        &longer,
    ];
    let mut written = Vec::new();
    for (number, name) in (1..).zip(names) {
        written.push(of_both(store, number, name).await);
    }
    for (name, own) in names.into_iter().zip(written) {
        for of in [GrantsOf::subject(name), GrantsOf::client(name)] {
            let listed = all(store, &of).await;
            assert_eq!(listed, slice::from_ref(&own), "{name:.20?}");
        }
    }
}

/// Who is looking at a grant, or has denied it, has not got it; and a client is not a subject.
pub async fn clause_02_what_was_not_approved_is_no_end_users(store: &dyn ListingStore) {
    insert(store, &stored(1)).await;
    replace(store, &stored(1), reviewed(&grant(1)), 2).await;
    let denied = in_every_state(&grant(2))
        .into_iter()
        .find(|grant| grant.state().name() == "denied");
    insert(store, &stored(2)).await;
    if let Some(denied) = denied {
        replace(store, &stored(2), denied, 2).await;
    }
    for nobody in [
        GrantsOf::subject("alice"),
        GrantsOf::subject("tv"),
        GrantsOf::client("alice"),
    ] {
        assert_eq!(all(store, &nobody).await, [], "{nobody:?}");
    }
}

/// A list sees each write that was acknowledged, and no older version of a grant.
pub async fn clause_04_a_list_sees_the_latest_write(store: &dyn ListingStore) {
    let (alice, tv) = (GrantsOf::subject("alice"), GrantsOf::client("tv"));
    insert(store, &stored(1)).await;
    assert_eq!(all(store, &tv).await, [stored(1)]);
    let mut current = stored(1);
    for (number, state) in (2..).zip(in_every_state(&grant(1))) {
        current = replace(store, &current, state, number).await;
        assert_eq!(all(store, &tv).await, [current.clone()]);
        let is_alices = current.grant.state().subject().is_some();
        let expected = is_alices.then(|| current.clone());
        assert_eq!(all(store, &alice).await, Vec::from_iter(expected));
    }
}

/// A grant in each state, each issued at a time of its own.
async fn in_all_states(store: &dyn ListingStore) -> Vec<Stored> {
    let mut written = Vec::new();
    let count = u64::try_from(in_every_state(&grant(0)).len()).unwrap_or_default();
    for number in 0..count {
        let mut issuance = issuance(number);
        issuance.issued_at = at(i64::try_from(number).unwrap_or_default());
        let new = issued(issuance, number);
        insert(store, &new).await;
        let states = in_every_state(&new.grant);
        let state = states
            .into_iter()
            .nth(usize::try_from(number).unwrap_or_default());
        let state = state.unwrap_or_else(|| new.grant.clone());
        written.push(replace(store, &new, state, 1_000 + number).await);
    }
    written
}

/// A grant of the client with this name, approved by the end user with this name.
async fn of_both(store: &dyn ListingStore, number: u64, name: &str) -> Stored {
    let mut issuance = issuance(number);
    issuance.holder = Holder::new(name);
    let new = issued(issuance, number);
    insert(store, &new).await;
    replace(store, &new, approved_by(&new.grant, name), 1_000).await
}

/// The grant, approved by this end user.
pub(super) fn approved_by(grant: &Grant, subject: &str) -> Grant {
    const LONG: Duration = Duration::from_secs(60);
    let now: Timestamp = grant.facts().issued_at;
    let (reviewer, nonce) = (Reviewer::new(subject, None), Nonce::from_bytes([1; 16]));
    let claimed = must(grant.claim(&reviewer, Arrival::Typed, nonce, now, LONG));
    let claim = Claim::new(reviewer, nonce, Arrival::Typed, now);
    let granted = Granted::new(claim, Access::default(), now);
    let claimed = claimed.next.unwrap_or_else(|| grant.clone());
    must(claimed.approve(granted, now, LONG))
}

/// The grant of this number as it is inserted, issued this many seconds later than others.
pub(super) fn stored_at(number: u64, seconds: i64) -> Stored {
    let mut issuance = issuance(number);
    issuance.issued_at = at(seconds);
    Stored::new(Grant::issue(issuance), revision(number))
}
