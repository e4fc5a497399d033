//! Clause 3: newest first, and each once.

use super::{ListingStore, after, all, by_pages, first, list, newest_first};
use crate::host::{Cursor, GrantsOf, Row};
use crate::testing::conformance::store::fixtures::{
    FORGET, SECOND, Shape, at, at_micros, insert, insert_at, new_row, replace,
};
use crate::testing::{ManualClock, must};

/// Checks that grants are ordered by the time of their codes, newest first, whatever was written last.
pub async fn clause_03_the_newest_come_first(store: &dyn ListingStore, clock: &ManualClock) {
    let mut written = Vec::new();
    for (number, seconds) in (1..).zip([30, -10, 20, 0, 10]) {
        written.push(alices(store, clock, number, seconds).await);
    }
    // A store may look for whole seconds first.
    for (number, micros) in (6..).zip([2, 999_999, 1]) {
        written.push(alices_at(store, clock, number, micros).await);
    }
    let expected = newest_first(written);
    for of in [
        GrantsOf::Subject("alice".into()),
        GrantsOf::Client("tv".into()),
    ] {
        assert_eq!(all(store, &of).await, expected, "{of:?}");
    }
}

/// Checks that a page has at most `limit` grants, and none with a limit of zero.
pub async fn clause_03_a_page_is_no_longer_than_its_limit(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    let mut written = Vec::new();
    for number in 0..5 {
        written.push(alices(store, clock, number, 0).await);
    }
    let expected = newest_first(written);
    for of in [
        GrantsOf::Subject("alice".into()),
        GrantsOf::Client("tv".into()),
    ] {
        for limit in 0..7 {
            let page = list(store, &first(&of, limit)).await;
            let up_to = usize::try_from(limit).unwrap_or_default();
            let beginning: Vec<_> = expected.iter().take(up_to).cloned().collect();
            assert_eq!(page, beginning, "{of:?}, at most {limit}");
        }
    }
}

/// Checks that following the cursor returns each grant once, also if many were issued in the same microsecond.
pub async fn clause_03_pages_of_any_length_list_each_grant_once(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    let mut written = Vec::new();
    for number in 0..25 {
        let seconds = i64::try_from(number / 7).unwrap_or_default();
        written.push(alices(store, clock, number, seconds).await);
        // Nobody approves this one: it must take no place on the pages of the end user.
        insert_at(store, clock, 1_000 + number, seconds).await;
    }
    let expected = newest_first(written);
    let alice = GrantsOf::Subject("alice".into());
    for limit in [1, 2, 3, 7, 24, 25, 26] {
        assert_eq!(
            by_pages(store, &alice, limit).await,
            expected,
            "{limit} at a time"
        );
    }
    let tv = by_pages(store, &GrantsOf::Client("tv".into()), 4).await;
    assert_eq!(tv.len(), 50);
}

/// Checks that changes between two pages neither skip nor repeat the other grants.
pub async fn clause_03_changes_meanwhile_neither_skip_nor_repeat(
    store: &dyn ListingStore,
    clock: &ManualClock,
) {
    let alice = GrantsOf::Subject("alice".into());
    let mut written = Vec::new();
    for number in 0..6 {
        written.push(
            alices(
                store,
                clock,
                number,
                10 * i64::try_from(number).unwrap_or_default(),
            )
            .await,
        );
    }
    let expected = newest_first(written);
    let beginning = list(store, &first(&alice, 3)).await;
    assert_eq!(beginning.as_slice(), expected.get(..3).unwrap_or_default());
    let last = beginning.last().map(Cursor::at);
    // Newer ones come in, the one at the cursor is revoked, and the oldest is forgotten.
    for number in 10..14 {
        alices(store, clock, number, 100).await;
    }
    if let Some(last) = beginning.last() {
        replace(store, last, &Shape::approved(), 2_000).await;
    }
    clock.set(at(FORGET));
    assert_eq!(must(store.purge(10).await), 1);
    let mut next = first(&alice, 10);
    next.after = last;
    let second = list(store, &next).await;
    assert_eq!(second.as_slice(), expected.get(3..5).unwrap_or_default());
}

/// Checks that a cursor need not be at an existing grant, nor at one of the list.
pub async fn clause_03_any_cursor_will_do(store: &dyn ListingStore, clock: &ManualClock) {
    let older = alices(store, clock, 1, 0).await;
    let newer = alices(store, clock, 2, 20).await;
    let between = Cursor::at(&new_row(3).at(at(10)));
    let alice = GrantsOf::Subject("alice".into());
    let page = list(store, &after(&alice, between)).await;
    assert_eq!(page, std::slice::from_ref(&older));
    let tv = GrantsOf::Client("tv".into());
    let after_first = list(store, &after(&tv, Cursor::at(&newer))).await;
    assert_eq!(after_first, std::slice::from_ref(&older));
    let after_last = list(store, &after(&tv, Cursor::at(&older))).await;
    assert_eq!(after_last, []);
}

/// A grant that alice approved, issued so many seconds later than others.
async fn alices(store: &dyn ListingStore, clock: &ManualClock, number: u64, seconds: i64) -> Row {
    alices_at(store, clock, number, seconds * SECOND).await
}

/// The same, so many microseconds later.
async fn alices_at(store: &dyn ListingStore, clock: &ManualClock, number: u64, micros: i64) -> Row {
    clock.set(at_micros(micros));
    let new = insert(store, &new_row(number)).await;
    replace(store, &new, &Shape::approved(), 1_000).await
}
