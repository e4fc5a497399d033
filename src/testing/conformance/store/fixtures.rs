//! The grants that the clauses are about, told apart by a number, for further tests of a host's store.
//!
//! The client is `tv`, who decides is `alice` from the session `laptop`, and all of it happens in seconds after
//! [`at`]`(0)`. For grants with other facts see [`a_grant`](crate::testing::a_grant).

use std::time::Duration;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{
    Access, Arrival, Claim, Denial, Fence, Grant, Granted, Holder, HostData, Issuance, Nonce,
    Origin, Pacing, Refusal, Reviewer, Revision, SessionDigest, State, Stored, Timestamp,
};
use crate::host::{GrantStore, Insertion, Polled, Replaced};
use crate::testing::{SeededEntropy, must};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// How many seconds after its issue a grant of [`grant`] expires.
pub const EXPIRES: i64 = 600;
/// How many seconds after its issue a grant of [`grant`] may be forgotten.
pub const FORGET: i64 = 4_200;

/// The time this many seconds after every grant's issue.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    at_micros(seconds * SECOND)
}

/// The time this many microseconds after every grant's issue.
#[must_use]
pub fn at_micros(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000 * SECOND + micros)
}

/// The id of this number. Its bytes are spread as those of a digest are.
#[must_use]
pub fn id(number: u64) -> GrantId {
    GrantId::from_bytes(spread(number))
}

/// The user-code digest of this number.
#[must_use]
pub fn code(number: u64) -> UserCodeDigest {
    UserCodeDigest::from_bytes(spread(!number))
}

/// The revision of this number.
#[must_use]
pub fn revision(number: u64) -> Revision {
    Revision::from_u64(number)
}

/// What brings the grant of this number into being, with the user code of the same number.
#[must_use]
pub fn issuance(number: u64) -> Issuance {
    let mut issuance = Issuance::new(id(number), "tv", at(0));
    issuance.issuer = "https://as.example".into();
    issuance.user_code = Some(code(number));
    issuance.requested = Access::new(must("openid profile".parse()));
    issuance
}

/// The grant of this number. Nobody has looked at it.
#[must_use]
pub fn grant(number: u64) -> Grant {
    Grant::issue(issuance(number))
}

/// The grant of this number as it is inserted: with its number for a revision.
#[must_use]
pub fn stored(number: u64) -> Stored {
    Stored::new(grant(number), revision(number))
}

/// The grant that this brings into being, under the revision of this number.
#[must_use]
pub fn issued(issuance: Issuance, number: u64) -> Stored {
    Stored::new(Grant::issue(issuance), revision(number))
}

/// An origin with everything that a stranger may send.
#[must_use]
pub fn origin() -> Origin {
    Origin::new()
        .ip(must("2001:db8::7".parse()))
        .user_agent("TV/1.0 (\"x\"; 'y'; \\z) ü\u{1f4fa}")
        .device_label("'; DROP TABLE grants; --")
}

/// The grant, being looked at.
#[must_use]
pub fn reviewed(grant: &Grant) -> Grant {
    let claimed = must(grant.claim(&alice(), Arrival::Typed, NONCE, at(10), REVIEW));
    claimed.next.unwrap_or_else(|| grant.clone())
}

/// The grant, approved.
#[must_use]
pub fn approved(grant: &Grant) -> Grant {
    let claim = Claim::new(alice(), NONCE, Arrival::Typed, at(10));
    let mut granted = Granted::new(claim, Access::new(must("openid".parse())), at(20));
    granted.acr = Some("silver".to_owned());
    granted.amr = vec!["pwd".to_owned(), "otp".to_owned()];
    granted.auth_time = Some(at_micros(-1));
    granted.data = must(HostData::new([("risk", 3)]));
    must(reviewed(grant).approve(granted, at(20), REVIEW))
}

/// The grant in each of its states, from pending on; those that end it come last.
#[must_use]
pub fn in_every_state(grant: &Grant) -> Vec<Grant> {
    let denied = must(reviewed(grant).deny(&alice(), NONCE, Denial::NotMe, at(20), REVIEW));
    let leased = must(approved(grant).lease(Fence::from_bytes([0xfe; 16]), at(30), REVIEW));
    let mut all = vec![
        grant.clone(),
        reviewed(grant),
        approved(grant),
        leased.clone(),
        denied,
    ];
    if let State::Redeeming { lease, .. } = leased.state() {
        let refusal = Refusal::access_denied().description("Geschlossen \u{1f512} \"'\\");
        all.push(must(leased.refuse(lease.attempt, refusal, at(31))));
        let redeemed = must(leased.commit(lease.attempt, at(31)));
        all.push(redeemed.clone());
        all.push(must(approved(grant).revoke(at(40))));
        all.push(must(redeemed.revoke(at(40))));
    }
    all
}

/// Inserts a grant, which has to succeed.
///
/// # Panics
///
/// If it does not.
pub async fn insert(store: &dyn GrantStore, new: &Stored) {
    assert_eq!(
        must(store.insert(new).await),
        Insertion::Inserted,
        "{:?}",
        new.grant.id()
    );
}

/// Writes `next` under the revision of this number over `current`, which has to win.
///
/// # Panics
///
/// If it does not.
pub async fn replace(store: &dyn GrantStore, current: &Stored, next: Grant, number: u64) -> Stored {
    let next = Stored::new(next, revision(number));
    let replaced = must(store.replace(current.revision, &next).await);
    assert_eq!(replaced, Replaced::Won, "{:?}", next.grant.id());
    next
}

/// The grant with the id of this number, if there is one.
///
/// # Panics
///
/// If the store cannot tell.
pub async fn by_id(store: &dyn GrantStore, number: u64) -> Option<Stored> {
    must(store.find(&id(number)).await)
}

/// The one grant with the user code of this number, if there is one.
///
/// # Panics
///
/// If there are more, or the store cannot tell.
pub async fn by_code(store: &dyn GrantStore, number: u64) -> Option<Stored> {
    let mut found = must(store.find_by_user_code(&[code(number)]).await);
    assert!(found.len() <= 1, "{found:?}");
    found.pop()
}

/// What becomes of a poll of the grant of this number, if it is known.
///
/// # Panics
///
/// If the store cannot tell.
pub async fn polled(
    store: &dyn GrantStore,
    number: u64,
    holder: &Holder,
    now: Timestamp,
    pacing: &Pacing,
) -> Option<Polled> {
    must(store.record_poll(&id(number), holder, now, pacing).await)
}

const NONCE: Nonce = Nonce::from_bytes([0xaa; 16]);
const REVIEW: Duration = Duration::from_secs(600);

fn alice() -> Reviewer {
    Reviewer::new("alice", Some(SessionDigest::of("laptop")))
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
    fn each_state_is_there_once_and_two_are_twice() {
        let names: Vec<_> = in_every_state(&grant(1))
            .iter()
            .map(|grant| grant.state().name())
            .collect();
        let expected = [
            "pending",
            "pending",
            "approved",
            "redeeming",
            "denied",
            "refused",
            "redeemed",
            "revoked",
            "revoked",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn numbers_tell_grants_and_codes_apart() {
        let mut bytes: Vec<[u8; 16]> = (0..1_000).map(|number| *id(number).as_bytes()).collect();
        bytes.extend((0..1_000).map(|number| *code(number).as_bytes().first_chunk().unwrap()));
        bytes.sort_unstable();
        bytes.dedup();
        assert_eq!(bytes.len(), 2_000);
    }
}
