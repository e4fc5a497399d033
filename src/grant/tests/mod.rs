mod answer;
mod confirmation;
mod decision;
mod history;
mod narrowing;
mod pacing;
mod pacing_history;
mod record;
mod redemption;
mod resources;
mod review;
mod revocation;
mod scenario;
mod table;
mod texts;

use std::time::Duration;

use self::scenario::{Scenario, Stage};
use super::pacing::{Pace, Paced, PollRecord};
use super::*;
use crate::code::{ConfirmationDigest, GrantId};

const SECOND: i64 = 1_000_000;

/// The lifetime of the codes, in seconds.
const LIFETIME: i64 = 600;

/// The lifetime of a review.
const REVIEW: Duration = Duration::from_secs(600);

/// The time this many seconds after issue.
fn at(seconds: i64) -> Timestamp {
    at_micros(seconds * SECOND)
}

/// The time this many microseconds after issue.
fn at_micros(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000 * SECOND + micros)
}

/// A subject in a session.
fn reviewer(subject: &str, session: &str) -> Reviewer {
    Reviewer::new(subject, Some(SessionDigest::of(session)))
}

/// The reviewer in every [`Scenario`].
fn alice() -> Reviewer {
    reviewer("alice", "laptop")
}

fn nonce(byte: u8) -> Nonce {
    Nonce::from_bytes([byte; 16])
}

fn fence(byte: u8) -> Fence {
    Fence::from_bytes([byte; 16])
}

const fn digest(byte: u8) -> ConfirmationDigest {
    ConfirmationDigest::from_bytes([byte; 16])
}

fn access(scope: &str) -> Access {
    Access::new(scope.parse().unwrap())
}

/// An approval of this scope on the claim that `reviewer` has under this nonce.
fn approval(reviewer: Reviewer, nonce: Nonce, scope: &str, now: Timestamp) -> Granted {
    let claim = Claim::new(reviewer, nonce, Arrival::Typed, now);
    Granted::new(claim, access(scope), now)
}

/// The pace of a grant with this interval that nobody has polled.
fn pace_of(interval: u32, pacing: &Pacing) -> Pace {
    Pace::new(interval, pacing.due_after(interval))
}

/// A poll by these rules.
fn record(pacing: &Pacing) -> PollRecord {
    pacing.poll_of(GrantId::from_bytes([1; 16]))
}

impl Pace {
    /// The pace after the client was told this interval.
    fn told(self, told_interval: u32) -> Self {
        Self {
            told_interval,
            ..self
        }
    }

    /// The pace after a poll was accepted at this time.
    fn accepted(self, at: Timestamp, had_twin: bool) -> Self {
        Self {
            last_accepted: Some(at),
            had_twin,
            ..self
        }
    }
}
