//! Clauses 1, 2 and 4: all of their grants and nobody else's, as they are.

use std::slice;

use super::{ListingStore, all, newest_first};
use crate::host::{GrantsOf, Row};
use crate::testing::conformance::store::fixtures::{
    EXPIRES, FORGET, Shape, at, insert, insert_at, new_row, replace,
};
use crate::testing::{ManualClock, must};

/// Checks that the grants of a client are listed in every state.
pub async fn clause_01_a_client_has_grants_in_every_state(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    let written = in_all_states(store, clock).await;
    let listed = all(store, &GrantsOf::Client("tv".into())).await;
    assert_eq!(listed, newest_first(written));
}

/// Checks that the grants that an end user approved are listed in every later state, revoked ones included.
pub async fn clause_01_an_end_user_has_what_they_approved(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    let mut written = in_all_states(store, clock).await;
    written.retain(|row| row.subject.is_some());
    assert_eq!(written.len(), 5);
    let listed = all(store, &GrantsOf::Subject("alice".into())).await;
    assert_eq!(listed, newest_first(written));
}

/// Checks that an expired grant is listed until it is deleted.
pub async fn clause_01_the_expired_are_listed_and_the_forgotten_are_not(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    let theirs = [
        GrantsOf::Subject("alice".into()),
        GrantsOf::Client("tv".into()),
    ];
    let new = insert_at(store, clock, 1, 0).await;
    let current = replace(store, &new, &Shape::approved(), 2).await;
    clock.set(at(EXPIRES + 1));
    must(store.purge(10).await);
    for of in &theirs {
        assert_eq!(all(store, of).await, slice::from_ref(&current), "{of:?}");
    }
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(10).await), 1);
    for of in &theirs {
        assert_eq!(all(store, of).await, [], "{of:?}");
    }
}

/// Checks that subjects and clients are compared byte by byte: similar names, common prefixes, and a subject with the
/// name of a client are different.
pub async fn clause_02_names_are_told_apart_byte_by_byte(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let long = "x".repeat(10_000);
    let longer = format!("{long}x");
    // Collations take some of these for equal: case, blanks at the end, an accent in two forms, wildcards of `LIKE`.
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
        for of in [
            GrantsOf::Subject(name.into()),
            GrantsOf::Client(name.into()),
        ] {
            let listed = all(store, &of).await;
            assert_eq!(listed, slice::from_ref(&own), "{name:.20?}");
        }
    }
}

/// Checks that grants of another issuer in the same store are not listed, and take no place on a page.
pub async fn clause_02_grants_of_another_issuer_are_not_listed(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let own = insert(store, &new_row(1)).await;
    let own = replace(store, &own, &Shape::approved(), 1_000).await;
    for (number, issuer) in (2..).zip(["https://as.example/", "https://AS.example", ""]) {
        clock.set(at(1));
        let mut foreign = new_row(number);
        foreign.issuer = issuer.into();
        let foreign = insert(store, &foreign).await;
        replace(store, &foreign, &Shape::approved(), 1_000).await;
    }
    for of in [
        GrantsOf::Subject("alice".into()),
        GrantsOf::Client("tv".into()),
    ] {
        // A page of one: a foreign grant that took a place would hide the own one.
        let listed = super::list(store, &super::first(&of, 1)).await;
        assert_eq!(listed, slice::from_ref(&own), "{of:?}");
    }
}

/// Checks that grants which an end user only reviewed or denied are not theirs, and that a client is not a subject.
pub async fn clause_02_what_was_not_approved_is_no_end_users(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for (number, shape) in (1..).zip([Shape::reviewed(), Shape::denied()]) {
        let new = insert(store, &new_row(number)).await;
        replace(store, &new, &shape, 1_000).await;
    }
    for nobody in [
        GrantsOf::Subject("alice".into()),
        GrantsOf::Subject("tv".into()),
        GrantsOf::Client("alice".into()),
    ] {
        assert_eq!(all(store, &nobody).await, [], "{nobody:?}");
    }
}

/// Checks that a list has each grant as of the last acknowledged write.
pub async fn clause_04_a_list_sees_the_latest_write(store: &dyn ListingStore, clock: &ManualClock) {
    let (alice, tv) = (
        GrantsOf::Subject("alice".into()),
        GrantsOf::Client("tv".into()),
    );
    clock.set(at(0));
    let mut current = insert(store, &new_row(1)).await;
    assert_eq!(all(store, &tv).await, slice::from_ref(&current));
    for (number, shape) in (2..).zip(Shape::all()) {
        current = replace(store, &current, &shape, number).await;
        assert_eq!(all(store, &tv).await, slice::from_ref(&current));
        let is_alices = shape.subject.is_some();
        let expected = is_alices.then(|| current.clone());
        assert_eq!(all(store, &alice).await, Vec::from_iter(expected));
    }
}

/// A grant in each state, each issued at a time of its own.
async fn in_all_states(store: &dyn ListingStore, clock: &ManualClock) -> Vec<Row> {
    let mut written = Vec::new();
    for (number, shape) in (0..).zip(Shape::all()) {
        let seconds = i64::try_from(number).unwrap_or_default();
        let new = insert_at(store, clock, number, seconds).await;
        written.push(replace(store, &new, &shape, 1_000 + number).await);
    }
    written
}

/// A grant of the client with this name, approved by the end user with this name.
async fn of_both(store: &dyn ListingStore, number: u64, name: &str) -> Row {
    let mut new = new_row(number);
    new.client_id = name.into();
    let mut row = insert(store, &new).await;
    let mut approval = Shape::approved().over(&row, 1_000);
    approval.subject = Some(name.into());
    assert!(must(store.replace(&approval).await));
    row.apply(&approval);
    row
}
