//! The rows of the tests, identified by numbers. Use them in further tests of your store.
//!
//! The client is `tv`, and the end user `alice`. Times are seconds after [`at`]`(0)`, to which each test sets its clock.

use std::time::Duration;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Pacing, Subject, Timestamp};
use crate::host::{Body, GrantStore, NewRow, Pace, PollRecord, Replacement, Row};
use crate::testing::{ManualClock, SeededEntropy, must};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// The seconds from the insertion of a row of [`new_row`] to its expiry.
pub const EXPIRES: i64 = 600;
/// The seconds from the insertion of a row of [`new_row`] to the time from which it may be deleted.
pub const FORGET: i64 = 4_200;

/// The time this many seconds after the insertion of every row.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    at_micros(seconds * SECOND)
}

/// The time this many microseconds after the insertion of every row.
#[must_use]
pub fn at_micros(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000 * SECOND + micros)
}

/// The id of this number. Its bytes are distributed as those of a digest.
#[must_use]
pub fn id(number: u64) -> GrantId {
    GrantId::from_bytes(spread(number))
}

/// The user-code digest of this number.
#[must_use]
pub fn code(number: u64) -> UserCodeDigest {
    UserCodeDigest::from_bytes(spread(!number))
}

/// The row of this number to insert, with the revision and the user code of the same number.
#[must_use]
pub fn new_row(number: u64) -> NewRow {
    NewRow {
        id: id(number),
        revision: number,
        user_code: Some(code(number)),
        issuer: "https://as.example".into(),
        client_id: "tv".into(),
        lifetime: Duration::from_secs(EXPIRES.unsigned_abs()),
        retention: Duration::from_secs((FORGET - EXPIRES).unsigned_abs()),
        pace: pace(5),
        body: Body::from(format!("{{\"v\":1,\"number\":{number}}}").into_bytes()),
    }
}

/// The pace of a grant with this interval and without polls.
#[must_use]
pub fn pace(interval: u32) -> Pace {
    Pace::new(interval, Pacing::default().due_after(interval))
}

/// The row of this number, as it is inserted at [`at`]`(0)`.
#[must_use]
pub fn row(number: u64) -> Row {
    new_row(number).at(at(0))
}

/// The columns that change with the state of a row, and a body.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "tests make shapes of their own")]
pub struct Shape {
    /// True if nobody has decided.
    pub is_pending: bool,
    /// The end user who approved.
    pub subject: Option<Subject>,
    /// The body.
    pub body: &'static str,
}

impl Shape {
    /// A row under review.
    #[must_use]
    pub fn reviewed() -> Self {
        Self::undecided(r#"{"v":1,"s":{"reviewed":{"u":"alice"}}}"#)
    }

    /// A row that Alice approved.
    #[must_use]
    pub fn approved() -> Self {
        Self::of_alice(r#"{"v":1,"s":{"approved":{"n":0}}}"#)
    }

    /// A denied row.
    #[must_use]
    pub fn denied() -> Self {
        Self::ended(r#"{"v":1,"s":{"denied":{"d":"not_me"}}}"#)
    }

    /// All shapes of a row, from pending to the final ones.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::undecided(r#"{"v":1,"r":{}}"#),
            Self::reviewed(),
            Self::approved(),
            Self::of_alice(r#"{"v":1,"s":{"redeeming":{"b":1}}}"#),
            Self::denied(),
            // Quotes, a backslash and a character of four bytes, for stores that write the body into a text.
            Self::of_alice("{\"v\":1,\"s\":{\"refused\":\"Geschlossen \u{1f512} '\\\"}}"),
            Self::of_alice(r#"{"v":1,"s":{"redeemed":{"t":2}}}"#),
            Self::ended(r#"{"v":1,"s":"revoked"}"#),
            Self::of_alice(r#"{"v":1,"s":{"revoked":{"a":3}}}"#),
        ]
    }

    fn undecided(body: &'static str) -> Self {
        Self {
            is_pending: true,
            subject: None,
            body,
        }
    }

    fn ended(body: &'static str) -> Self {
        Self {
            is_pending: false,
            subject: None,
            body,
        }
    }

    fn of_alice(body: &'static str) -> Self {
        Self {
            subject: Some("alice".into()),
            ..Self::ended(body)
        }
    }

    /// The replacement that gives this shape to a row, with the revision of this number.
    #[must_use]
    pub fn over(&self, current: &Row, number: u64) -> Replacement {
        Replacement {
            id: current.id,
            expected: current.revision,
            revision: number,
            subject: self.subject.clone(),
            is_pending: self.is_pending,
            forget_at: current.forget_at,
            body: Body::from(self.body.as_bytes()),
        }
    }
}

/// Inserts a row and returns it.
///
/// # Panics
///
/// If the insertion fails.
pub async fn insert(store: &dyn GrantStore, new: &NewRow) -> Row {
    match must(store.insert(new).await) {
        Some(at) => untimed(new.at(at)),
        taken @ None => unreachable_in_test(&format!("{taken:?}: {:?}", new.id)),
    }
}

/// Inserts the row of this number at this time.
///
/// # Panics
///
/// If the insertion fails.
pub async fn insert_at(
    store: &dyn GrantStore,
    clock: &ManualClock,
    number: u64,
    seconds: i64,
) -> Row {
    clock.set(at(seconds));
    insert(store, &new_row(number)).await
}

/// Gives this shape to a row, with the revision of this number, and returns the row.
///
/// # Panics
///
/// If the replacement fails.
pub async fn replace(store: &dyn GrantStore, current: &Row, shape: &Shape, number: u64) -> Row {
    let replacement = shape.over(current, number);
    let replaced = must(store.replace(&replacement).await);
    assert!(replaced, "{:?}", current.id);
    let mut next = current.clone();
    next.apply(&replacement);
    next
}

/// The row with the id of this number, if there is one, whenever it was read.
///
/// # Panics
///
/// If the store cannot tell.
pub async fn by_id(store: &dyn GrantStore, number: u64) -> Option<Row> {
    must(store.find(&id(number)).await).map(untimed)
}

/// The one row with the user code of this number, if there is one, whenever it was read.
///
/// # Panics
///
/// If there are more, or the store cannot tell.
pub async fn by_code(store: &dyn GrantStore, number: u64) -> Option<Row> {
    let mut found = must(store.find_by_user_code(&[code(number)]).await);
    assert!(found.len() <= 1, "{found:?}");
    found.pop().map(untimed)
}

/// The outcome of a poll of the row of this number, if it is known.
///
/// # Panics
///
/// If the store cannot tell.
pub async fn polled(store: &dyn GrantStore, number: u64) -> Option<Row> {
    recorded(store, &PollRecord::new(id(number))).await
}

/// The outcome of this poll, if its row is known.
///
/// # Panics
///
/// If the store cannot tell.
pub async fn recorded(store: &dyn GrantStore, poll: &PollRecord) -> Option<Row> {
    must(store.record_poll(poll).await).map(untimed)
}

/// A poll of the row of this number at this time, which has to be known.
///
/// # Panics
///
/// If it is not, or the store cannot tell.
pub async fn poll(store: &dyn GrantStore, clock: &ManualClock, number: u64, now: Timestamp) -> Row {
    clock.set(now);
    match polled(store, number).await {
        Some(polled) => polled,
        None => unreachable_in_test(&format!("grant {number} is unknown")),
    }
}

/// The row as if no poll had read it, to be compared.
#[must_use]
pub fn unpaced(mut row: Row) -> Row {
    row.paced = None;
    row
}

/// The row as if it had been read at [`at`]`(0)`, to be compared.
#[must_use]
pub fn untimed(mut row: Row) -> Row {
    row.read_at = at(0);
    row
}

#[expect(
    clippy::panic,
    reason = "this module is for tests, which end by panicking"
)]
fn unreachable_in_test(why: &str) -> ! {
    panic!("{why}")
}

/// Neighbouring numbers have nothing in common afterwards.
fn spread<const N: usize>(number: u64) -> [u8; N] {
    let mut bytes = [0; N];
    // Each number has its own sequence: the generator gives every state once.
    let own = SeededEntropy::new(number).next();
    must(crate::host::Entropy::fill(
        &SeededEntropy::new(own),
        &mut bytes,
    ));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_grants_and_codes_apart() {
        let mut bytes: Vec<[u8; 16]> = (0..1_000).map(|number| *id(number).as_bytes()).collect();
        bytes.extend((0..1_000).map(|number| *code(number).as_bytes().first_chunk().unwrap()));
        bytes.sort_unstable();
        bytes.dedup();
        assert_eq!(bytes.len(), 2_000);
    }
}
