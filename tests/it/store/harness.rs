//! What the clauses share: racers, and grants.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{
    Access, Arrival, Claim, Denial, Fence, Grant, Granted, HostData, Issuance, Lease, Nonce,
    Origin, Refusal, Reviewer, Revision, SessionDigest, State, Stored, Timestamp,
};
use device_grant::host::{GrantStore, Insertion, Replaced};

pub(crate) use crate::executor::block_on;

pub(crate) const SECOND: i64 = 1_000_000;

/// How many race at a time.
pub(crate) const RACERS: u64 = 8;

/// In how many seconds after its issue a grant of [`grant`] expires, and in how many it may be forgotten.
pub(crate) const EXPIRES: i64 = 600;
pub(crate) const FORGET: i64 = 4_200;

/// Lets everybody act at the same moment, and says how each fared.
///
/// It shows that racers within one process are kept apart, and nothing about several machines.
pub(crate) fn race<T: Send>(act: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(usize::try_from(RACERS).unwrap());
    thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                let (act, barrier) = (&act, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    act(racer)
                })
            })
            .collect();
        racers
            .into_iter()
            .map(|racer| racer.join().unwrap())
            .collect()
    })
}

/// The time this many seconds after every grant's issue.
pub(crate) fn at(seconds: i64) -> Timestamp {
    at_micros(seconds * SECOND)
}

pub(crate) fn at_micros(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000 * SECOND + micros)
}

/// The id of this number. Its bytes are spread as those of a digest are.
pub(crate) fn id(number: u64) -> GrantId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&spread(number).to_le_bytes());
    bytes[8..].copy_from_slice(&spread(!number).to_le_bytes());
    GrantId::from_bytes(bytes)
}

/// The digest of this number.
pub(crate) fn code(number: u64) -> UserCodeDigest {
    let mut bytes = [0; 32];
    for (part, chunk) in (0..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&spread(number ^ (part << 56)).to_le_bytes());
    }
    UserCodeDigest::from_bytes(bytes)
}

/// Neighbouring numbers have nothing in common afterwards (the finisher of SplitMix64).
fn spread(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// What brings the grant of this number into being: the client is `tv`, and the code has the same number.
pub(crate) fn issuance(number: u64) -> Issuance {
    let mut issuance = Issuance::new(id(number), "tv", at(0));
    issuance.issuer = "https://as.example".into();
    issuance.user_code = Some(code(number));
    issuance.requested = Access::new("openid profile".parse().unwrap());
    issuance
}

pub(crate) fn grant(number: u64) -> Grant {
    Grant::issue(issuance(number))
}

/// The grant of this number, as it is inserted: with its number for a revision.
pub(crate) fn stored(number: u64) -> Stored {
    Stored::new(grant(number), revision(number))
}

pub(crate) fn revision(number: u64) -> Revision {
    Revision::from_u64(number)
}

pub(crate) fn alice() -> Reviewer {
    Reviewer::new("alice", Some(SessionDigest::of("laptop")))
}

pub(crate) fn reviewed(grant: &Grant) -> Grant {
    grant
        .claim(&alice(), Arrival::Typed, NONCE, at(10), REVIEW)
        .unwrap()
        .next
        .unwrap()
}

pub(crate) fn approved(grant: &Grant) -> Grant {
    let claim = Claim::new(alice(), NONCE, Arrival::Typed, at(10));
    let mut granted = Granted::new(claim, Access::new("openid".parse().unwrap()), at(20));
    granted.acr = Some("silver".to_owned());
    granted.amr = vec!["pwd".to_owned(), "otp".to_owned()];
    granted.auth_time = Some(at_micros(-1));
    granted.data = HostData::new([("risk", 3)]).unwrap();
    reviewed(grant).approve(granted, at(20), REVIEW).unwrap()
}

/// The grant in each of its states.
pub(crate) fn in_every_state(grant: &Grant) -> Vec<Grant> {
    let denied = reviewed(grant)
        .deny(&alice(), NONCE, Denial::NotMe, at(20), REVIEW)
        .unwrap();
    let leased = approved(grant)
        .lease(Fence::from_bytes([0xfe; 16]), at(30), REVIEW)
        .unwrap();
    let attempt = lease_of(&leased).attempt;
    let refusal = Refusal::access_denied().description("Geschlossen \u{1f512} \"'\\");
    let refused = leased.refuse(attempt, refusal, at(31)).unwrap();
    let redeemed = leased.commit(attempt, at(31)).unwrap();
    let revoked = [&approved(grant), &redeemed].map(|grant| grant.revoke(at(40)).unwrap());
    let mut all = vec![
        grant.clone(),
        reviewed(grant),
        approved(grant),
        leased,
        denied,
        refused,
        redeemed,
    ];
    all.extend(revoked);
    all
}

fn lease_of(grant: &Grant) -> Lease {
    let State::Redeeming { lease, .. } = grant.state() else {
        panic!("{} is not leased", grant.state().name());
    };
    *lease
}

const NONCE: Nonce = Nonce::from_bytes([0xaa; 16]);
const REVIEW: Duration = Duration::from_secs(600);

/// An origin with everything that a stranger may send.
pub(crate) fn origin() -> Origin {
    Origin::new()
        .ip("2001:db8::7".parse().unwrap())
        .user_agent("TV/1.0 (\"x\"; 'y'; \\z) ü\u{1f4fa}")
        .device_label("'; DROP TABLE grants; --")
}

pub(crate) async fn insert(store: &dyn GrantStore, new: &Stored) {
    assert_eq!(store.insert(new).await.unwrap(), Insertion::Inserted);
}

/// Writes `next` under the revision of this number over `current`, which has to win.
pub(crate) async fn replace(
    store: &dyn GrantStore,
    current: &Stored,
    next: Grant,
    number: u64,
) -> Stored {
    let next = Stored::new(next, revision(number));
    let replaced = store.replace(current.revision, &next).await.unwrap();
    assert_eq!(replaced, Replaced::Won);
    next
}

/// The one grant with this code, if there is one.
pub(crate) async fn by_code(store: &dyn GrantStore, number: u64) -> Option<Stored> {
    let mut found = store.find_by_user_code(&[code(number)]).await.unwrap();
    assert!(found.len() <= 1, "{found:?}");
    found.pop()
}
