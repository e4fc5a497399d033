//! Clause 12: the store tells the time.

use super::fixtures::{EXPIRES, FORGET, Shape, at, code, id, insert, new_row, replace};
use crate::grant::Timestamp;
use crate::host::{GrantStore, PollRecord};
use crate::testing::{ManualClock, must};

/// Checks that `issued_at` is the time of the store's clock, and that the other times of a new row follow from it.
pub async fn clause_12_a_new_row_has_the_time_of_the_store(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for (number, seconds) in (1..).zip([0, 90, -90]) {
        clock.set(at(seconds));
        let inserted = must(store.insert(&new_row(number)).await);
        assert_eq!(inserted, Some(at(seconds)));
        let found = must(store.find(&id(number)).await);
        let times = found.map(|row| (row.issued_at, row.expires_at, row.forget_at));
        let expected = (at(seconds), at(seconds + EXPIRES), at(seconds + FORGET));
        assert_eq!(times, Some(expected));
    }
}

/// Checks that each way of reading a row returns the time in `read_at`.
pub async fn clause_12_every_read_tells_the_time(store: &dyn GrantStore, clock: &ManualClock) {
    clock.set(at(0));
    let new = insert(store, &new_row(1)).await;
    for (number, seconds) in (2..).zip([0, 10, -10, EXPIRES]) {
        clock.set(at(seconds));
        let told = |read_at: Option<Timestamp>| assert_eq!(read_at, Some(at(seconds)));
        told(must(store.find(&id(1)).await).map(|row| row.read_at));
        let found = must(store.find_by_user_code(&[code(1)]).await);
        told(found.first().map(|row| row.read_at));
        let poll = PollRecord::new(id(1));
        told(must(store.record_poll(&poll).await).map(|polled| polled.read_at));
        let current = must(store.find(&id(1)).await).unwrap_or_else(|| new.clone());
        replace(store, &current, &Shape::reviewed(), number).await;
    }
}

/// Checks that `now` returns the same time as reads.
pub async fn clause_12_the_store_tells_the_time_when_it_is_asked(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for seconds in [0, 90, -90] {
        clock.set(at(seconds));
        assert_eq!(must(store.now().await), at(seconds));
    }
}

/// Checks that a poll is judged at the `read_at` of its row.
pub async fn clause_12_a_poll_is_judged_at_the_time_that_it_tells(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    for seconds in [EXPIRES - 1, EXPIRES] {
        clock.set(at(seconds));
        let poll = PollRecord::new(id(1));
        let polled = must(store.record_poll(&poll).await);
        let agrees = polled.map(|row| row.paced.is_some() == row.is_paced(row.read_at));
        assert_eq!(agrees, Some(true), "{seconds} s after the insertion");
    }
}
