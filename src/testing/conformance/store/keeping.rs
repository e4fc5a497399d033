//! Clauses 10 and 11: acknowledged writes stay, and values are returned unchanged.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::fixtures::{
    FORGET, SECOND, Shape, at, by_code, by_id, insert, new_row, polled, replace, untimed,
};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{Body, GrantStore, NewRow, Paced, Replacement, Row};
use crate::testing::conformance::Racers;
use crate::testing::{ManualClock, must};

/// Checks that every acknowledged one of many simultaneous writes is stored.
pub fn clause_10_what_racers_were_told_is_written_is_there(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    clock.set(at(0));
    let numbers = |racer| (0..20).map(move |step| step * Racers::COUNT + racer);
    let written = racers.race(async |racer| {
        let mut written = Vec::new();
        for number in numbers(racer) {
            let new = insert(store, &new_row(number)).await;
            let next = replace(store, &new, &Shape::reviewed(), 1_000).await;
            written.push((
                number,
                replace(store, &next, &Shape::approved(), 1_001).await,
            ));
        }
        written
    });
    racers.wait(async {
        for (number, last) in written.into_iter().flatten() {
            assert_eq!(by_id(store, number).await.as_ref(), Some(&last));
            assert_eq!(by_code(store, number).await, Some(last));
        }
    });
}

/// Checks that a call that is dropped at any moment leaves a working store and no half-written row.
pub async fn clause_10_a_dropped_call_leaves_nothing_half_written(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for polls in 0..8 {
        drop_after(polls, store.insert(&new_row(u64::from(polls)))).await;
        let found = by_id(store, u64::from(polls)).await;
        if found.is_some() {
            assert_eq!(by_code(store, u64::from(polls)).await, found);
        }
        let number = 100 + u64::from(polls);
        let new = insert(store, &new_row(number)).await;
        let next = Shape::approved().over(&new, 1_000);
        drop_after(polls, store.replace(&next)).await;
        drop_after(polls, polled(store, number)).await;
        write_in_the_end(store, number).await;
    }
}

/// Checks that all columns are returned as they were written, in every state and with every optional column empty.
pub async fn clause_11_every_column_comes_back_as_it_was(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for (number, has_code) in [(1, true), (2, false)] {
        clock.set(at(0));
        let mut new = new_row(number);
        new.user_code = new.user_code.filter(|_| has_code);
        new.client_id = "tv \"'\\ ü\u{1f4fa}\u{7f}".into();
        new.issuer = "https://as.example/\u{fc}'; --".into();
        let mut current = insert(store, &new).await;
        for (write, shape) in (10..).zip(Shape::all()) {
            current = replace(store, &current, &shape, write).await;
            assert_eq!(by_id(store, number).await.as_ref(), Some(&current));
        }
    }
}

/// Checks that times are returned to the microsecond, also before 1970 and far from it.
pub async fn clause_11_times_come_back_to_the_microsecond(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    let times = [
        0,
        -1,
        1,
        1_700_000_000_123_457,
        // The first whole number that a double does not hold.
        (1 << 53) + 1,
        253_402_000_000_000_001, // In the year 9999.
        -62_135_000_000_000_001, // In the year 1.
    ];
    for (number, micros) in (1..).zip(times) {
        clock.set(Timestamp::from_micros(micros));
        comes_back(store, number).await;
    }
}

/// Checks that the latest time and the longest duration do not overflow.
pub async fn clause_11_the_ends_of_time_come_back(store: &dyn GrantStore, clock: &ManualClock) {
    let retained = Duration::from_micros(FORGET.unsigned_abs() * SECOND.unsigned_abs());
    clock.set(Timestamp::MAX - retained);
    comes_back(store, 1).await;
    clock.set(at(0));
    let mut endless = new_row(2);
    endless.retention = Duration::from_secs(100 * 366 * 24 * 3_600);
    let endless = insert(store, &endless).await;
    assert_eq!(by_id(store, 2).await, Some(endless));
}

/// Checks that ids, user codes and revisions can be any bytes.
pub async fn clause_11_ids_and_codes_are_any_bytes(store: &dyn GrantStore, clock: &ManualClock) {
    clock.set(at(0));
    // NUL, a quote, a backslash and bytes that are no UTF-8: text columns and careless drivers change them.
    for (number, byte) in (1..).zip([0x00, 0x27, 0x5c, 0x80, 0xff]) {
        let mut new = new_row(number);
        let code = UserCodeDigest::from_bytes([byte; 16]);
        new.id = GrantId::from_bytes([byte; 16]);
        new.user_code = Some(code);
        let new = insert(store, &new).await;
        let found = must(store.find(&new.id).await).map(untimed);
        assert_eq!(found.as_ref(), Some(&new), "{byte:#x}");
        let found = must(store.find_by_user_code(&[code]).await);
        let found: Vec<_> = found.into_iter().map(untimed).collect();
        assert_eq!(found, [new], "{byte:#x}");
    }
}

/// Checks that any Unicode text is returned unchanged: not joined, escaped, trimmed or executed.
pub async fn clause_11_unusual_text_comes_back_as_it_was(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let texts = [
        "",
        " \t leading and trailing \r\n ",
        "\u{1f4fa}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "e\u{301} is not \u{e9}",
        "\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{4e16}\u{754c}",
        "'; DROP TABLE grants; -- \" \\ \\u0041 %s %00 $1 ?1 :id {0} ${x} KEYS[1]",
        "\u{1}\u{8}\u{1b}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}",
        "\u{e000}\u{ffff}\u{10ffff}",
    ];
    for (number, text) in (1..).zip(texts) {
        text_comes_back(store, clock, number, text).await;
    }
}

/// Checks that a text of ten kilobytes is not cut.
pub async fn clause_11_ten_kilobytes_of_text_come_back_as_they_were(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for (number, text) in (1..).zip(["0123456789", "\u{1f4fa} \"\\ü "]) {
        text_comes_back(store, clock, number, &text.repeat(1_024)).await;
    }
}

/// Checks that text with a NUL is returned unchanged, or refused with a lasting error and not stored.
pub async fn clause_11_text_with_a_nul_comes_back_as_it_was_or_is_refused(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let text = "tv\u{0}radio";
    let Err(error) = store.insert(&written(1, text)).await else {
        return text_comes_back(store, clock, 2, text).await;
    };
    assert!(!error.is_retryable(), "it would be tried again: {error:?}");
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
    insert(store, &new_row(1)).await;
}

async fn comes_back(store: &dyn GrantStore, number: u64) {
    let new = insert(store, &new_row(number)).await;
    // Looked at before anything else is inserted: some of these times are long past beside the others.
    assert_eq!(by_id(store, number).await.as_ref(), Some(&new));
    assert_eq!(by_code(store, number).await, Some(new));
}

/// A row with this text in every place that takes any. A body has no NUL.
fn written(number: u64, text: &str) -> NewRow {
    let mut new = new_row(number);
    new.issuer = text.into();
    new.client_id = text.into();
    new.body = body(text);
    new
}

fn body(text: &str) -> Body {
    Body::from(text.replace('\0', "\\u0000").into_bytes())
}

/// Inserts the row of this number with this text, and looks at it again and again.
async fn text_comes_back(store: &dyn GrantStore, clock: &ManualClock, number: u64, text: &str) {
    let new = insert(store, &written(number, text)).await;
    assert_eq!(by_id(store, number).await.as_ref(), Some(&new));
    clock.set(at(1));
    let polled = polled(store, number).await;
    let mut expected = new.clone();
    expected.paced = Some(Paced::Accepted);
    assert_eq!(polled, Some(expected));
    clock.set(at(0));
    let next = decided(store, &new, text).await;
    assert_eq!(by_id(store, number).await.as_ref(), Some(&next));
    assert_eq!(by_code(store, number).await, Some(next));
}

/// The row, approved with this text in every place that takes any.
async fn decided(store: &dyn GrantStore, row: &Row, text: &str) -> Row {
    let mut approval: Replacement = Shape::approved().over(row, 1_000);
    approval.subject = Some(text.into());
    approval.body = body(text);
    assert!(must(store.replace(&approval).await));
    let mut next = row.clone();
    next.apply(&approval);
    next
}

/// Writes over whatever is there now. What was under way may come in between, but not again and again.
async fn write_in_the_end(store: &dyn GrantStore, number: u64) {
    for attempt in 0..10 {
        let found = by_id(store, number).await;
        assert!(found.is_some(), "grant {number} is gone");
        let Some(found) = found else { return };
        let next = Shape::reviewed().over(&found, 2_000 + attempt);
        if must(store.replace(&next).await) {
            let found = by_id(store, number).await.map(|found| found.revision);
            assert_eq!(found, Some(2_000 + attempt));
            return;
        }
    }
    // Always fails, and shows the row.
    assert_eq!(by_id(store, number).await, None, "nobody can write it");
}

/// Polls the call this often, or until it is done, and drops it.
async fn drop_after<F: Future>(polls: u32, call: F) {
    let mut call = pin!(call);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        if left == 0 {
            // It is not waited for any more, however it fares.
            let _ = call.as_mut().poll(context);
            return Poll::Ready(());
        }
        call.as_mut().poll(context).map(drop)
    })
    .await;
}
