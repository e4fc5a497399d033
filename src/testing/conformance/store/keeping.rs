//! Clauses 10 and 11: what is acknowledged stays, and comes back as it was.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use serde_json::json;

use super::fixtures::{
    FORGET, SECOND, approved, at, by_code, by_id, grant, in_every_state, insert, issuance, issued,
    origin, polled, replace, reviewed, revision, stored,
};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{
    Access, Arrival, Claim, Grant, Granted, Holder, HostData, Issuance, KeyThumbprint, Nonce,
    Paced, Pacing, Reviewer, Stored, Timestamp,
};
use crate::host::{GrantStore, Polled, Replaced};
use crate::message::{ExtraParameter, ExtraParameters, PkceVerifier, SignInParameters};
use crate::testing::conformance::Racers;
use crate::testing::must;

/// Of many writes at once, every one that was acknowledged is there afterwards.
pub fn clause_10_what_racers_were_told_is_written_is_there(
    store: &dyn GrantStore,
    racers: &Racers<'_>,
) {
    let numbers = |racer| (0..20).map(move |step| step * Racers::COUNT + racer);
    racers.race(async |racer| {
        for number in numbers(racer) {
            insert(store, &stored(number)).await;
            let next = replace(store, &stored(number), reviewed(&grant(number)), 1_000).await;
            replace(store, &next, approved(&grant(number)), 1_001).await;
        }
    });
    racers.wait(async {
        for number in (0..Racers::COUNT).flat_map(numbers) {
            let last = Some(Stored::new(approved(&grant(number)), revision(1_001)));
            assert_eq!(by_id(store, number).await, last, "grant {number}");
            assert_eq!(by_code(store, number).await, last, "grant {number}");
        }
    });
}

/// A caller that goes away, at whatever moment, leaves a store that works, and nothing half-written.
pub async fn clause_10_a_dropped_call_leaves_nothing_half_written(store: &dyn GrantStore) {
    for polls in 0..8 {
        let new = stored(u64::from(polls));
        drop_after(polls, store.insert(&new)).await;
        let found = by_id(store, u64::from(polls)).await;
        if found.is_some() {
            assert_eq!(by_code(store, u64::from(polls)).await, found);
        }
        let number = 100 + u64::from(polls);
        insert(store, &stored(number)).await;
        let next = Stored::new(approved(&grant(number)), revision(1_000));
        drop_after(polls, store.replace(revision(number), &next)).await;
        let (holder, pacing) = (Holder::new("tv"), Pacing::default());
        drop_after(polls, polled(store, number, &holder, at(1), &pacing)).await;
        write_in_the_end(store, number).await;
    }
}

/// Grants come back whole, whatever their state and whatever in them is optional.
pub async fn clause_11_every_state_comes_back_as_it_was(store: &dyn GrantStore) {
    let mut issuance = issuance(1);
    issuance.holder = Holder::new("tv \"'\\ ü\u{1f4fa}\u{7f}")
        .key(KeyThumbprint::from_bytes([0xff; 32]))
        .pkce(must(PkceVerifier::parse(&"v".repeat(43))).challenge());
    issuance.requested.resources = vec!["https://api.example/a?b=c".to_owned()];
    issuance.requested.authorization_details =
        vec![json!({"type": "payment", "amount": "0.10", "to": [1, 2.5, null, 1e-7, u64::MAX]})];
    issuance.expected_subject = Some("alice".into());
    issuance.origin = origin();
    issuance.data = must(HostData::new([("tenant", "'; --")]));
    let sign_in = SignInParameters::new().max_age(Duration::from_secs(300));
    issuance.sign_in = must(sign_in.login_hint("o'hara ü\u{1f4fa}")).ui_locales(["de"]);
    let nonce = must(ExtraParameter::new("nonce", 64));
    issuance.extras = must(ExtraParameters::new().with(&nonce, "\"}; --"));
    let mut current = issued(issuance, 1);
    insert(store, &current).await;
    for (number, state) in (2..).zip(in_every_state(&current.grant.clone())) {
        current = replace(store, &current, state, number).await;
        assert_eq!(by_id(store, 1).await.as_ref(), Some(&current));
    }
}

/// Times are kept in whole microseconds, before 1970 and far from it as well.
pub async fn clause_11_times_come_back_to_the_microsecond(store: &dyn GrantStore) {
    let times = [
        0,
        -1,
        1,
        1_700_000_000_123_457,
        (1 << 53) + 1,
        253_402_000_000_000_001, // In the year 9999.
        -62_135_000_000_000_001, // In the year 1.
    ];
    for (number, micros) in (1..).zip(times) {
        comes_back(store, number, Timestamp::from_micros(micros)).await;
    }
}

/// Nor does a time overflow that is as early or as late as there is.
pub async fn clause_11_the_ends_of_time_come_back(store: &dyn GrantStore) {
    let retained = Duration::from_micros(FORGET.unsigned_abs() * SECOND.unsigned_abs());
    let times = [Timestamp::MIN, Timestamp::MAX - retained];
    for (number, issued_at) in (1..).zip(times) {
        comes_back(store, number, issued_at).await;
    }
}

/// Ids, user codes and thumbprints are bytes and not text.
pub async fn clause_11_ids_and_codes_are_any_bytes(store: &dyn GrantStore) {
    for (number, byte) in (1..).zip([0x00, 0x27, 0x5c, 0x80, 0xff]) {
        let mut issuance = issuance(number);
        let code = UserCodeDigest::from_bytes([byte; 32]);
        issuance.id = GrantId::from_bytes([byte; 16]);
        issuance.user_code = Some(code);
        issuance.holder = Holder::new("tv").key(KeyThumbprint::from_bytes([byte; 32]));
        let new = issued(issuance, number);
        insert(store, &new).await;
        let found = must(store.find(&new.grant.id()).await);
        assert_eq!(found.as_ref(), Some(&new), "{byte:#x}");
        let found = must(store.find_by_user_code(&[code]).await);
        assert_eq!(found, [new], "{byte:#x}");
    }
}

/// Text is any Unicode: no character is lost, joined, escaped, trimmed or taken for a command.
pub async fn clause_11_unusual_text_comes_back_as_it_was(store: &dyn GrantStore) {
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
        text_comes_back(store, number, text).await;
    }
}

/// Nor is text cut that is longer than usual columns are.
pub async fn clause_11_ten_kilobytes_of_text_come_back_as_they_were(store: &dyn GrantStore) {
    for (number, text) in (1..).zip(["0123456789", "\u{1f4fa} \"\\ü "]) {
        text_comes_back(store, number, &text.repeat(1_024)).await;
    }
}

/// Not every engine can hold a NUL: one that cannot says so for good, and keeps nothing that was cut there.
pub async fn clause_11_text_with_a_nul_comes_back_as_it_was_or_is_refused(store: &dyn GrantStore) {
    let text = "tv\u{0}radio";
    let Err(error) = store.insert(&issued(written(1, text), 1)).await else {
        return text_comes_back(store, 2, text).await;
    };
    assert!(!error.is_retryable(), "it would be tried again: {error:?}");
    assert_eq!(by_id(store, 1).await, None);
    assert_eq!(by_code(store, 1).await, None);
    insert(store, &stored(1)).await;
}

async fn comes_back(store: &dyn GrantStore, number: u64, issued_at: Timestamp) {
    let mut issuance = issuance(number);
    issuance.issued_at = issued_at;
    let new = issued(issuance, number);
    insert(store, &new).await;
    // Looked at before anything else is inserted: some of these times are long past beside the others.
    assert_eq!(by_id(store, number).await.as_ref(), Some(&new));
    assert_eq!(by_code(store, number).await, Some(new));
}

/// A request with this text in every place that takes any.
fn written(number: u64, text: &str) -> Issuance {
    let mut issuance = issuance(number);
    issuance.issuer = text.into();
    issuance.holder = Holder::new(text);
    issuance.requested.resources = vec![text.to_owned()];
    issuance.requested.authorization_details = vec![json!({"type": text, text: [text]})];
    issuance.expected_subject = Some(text.into());
    issuance.origin = origin().user_agent(text).device_label(text);
    issuance.data = small_data(text);
    issuance
}

/// As much of the text as host data may have.
fn small_data(text: &str) -> HostData {
    let short: String = text.chars().take(200).collect();
    must(HostData::new([(short.clone(), short)]))
}

/// Inserts the grant of this number with this text, and looks at it again and again.
async fn text_comes_back(store: &dyn GrantStore, number: u64, text: &str) {
    let new = issued(written(number, text), number);
    insert(store, &new).await;
    assert_eq!(by_id(store, number).await.as_ref(), Some(&new));
    let (holder, pacing) = (Holder::new(text), Pacing::default());
    let polled = polled(store, number, &holder, at(1), &pacing).await;
    let expected = Polled::new(new.clone(), Some(Paced::Accepted));
    assert_eq!(polled, Some(expected));
    let next = replace(store, &new, decided(&new.grant, text), 1_000).await;
    assert_eq!(by_id(store, number).await.as_ref(), Some(&next));
    assert_eq!(by_code(store, number).await, Some(next));
}

/// The grant, approved with this text in every place that takes any.
fn decided(grant: &Grant, text: &str) -> Grant {
    let (reviewer, now) = (Reviewer::new(text, None), grant.facts().issued_at);
    let (nonce, length) = (Nonce::from_bytes([1; 16]), Duration::from_secs(60));
    let claimed = must(grant.claim(&reviewer, Arrival::Typed, nonce, now, length));
    let claim = Claim::new(reviewer, nonce, Arrival::Typed, now);
    let mut granted = Granted::new(claim, Access::default(), now);
    granted.acr = Some(text.to_owned());
    granted.amr = vec![text.to_owned(), text.to_owned()];
    granted.data = small_data(text);
    let claimed = claimed.next.unwrap_or_else(|| grant.clone());
    must(claimed.approve(granted, now, length))
}

/// Writes over whatever is there now. What was under way may come in between, but not for ever.
async fn write_in_the_end(store: &dyn GrantStore, number: u64) {
    for attempt in 0..10 {
        let found = by_id(store, number).await;
        assert!(found.is_some(), "grant {number} is gone");
        let Some(found) = found else { return };
        let next = Stored::new(found.grant, revision(2_000 + attempt));
        if must(store.replace(found.revision, &next).await) == Replaced::Won {
            assert_eq!(by_id(store, number).await, Some(next));
            return;
        }
    }
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
