//! The grant itself: its record, its states, its pacing. Pure functions of (record, event, `now`).
//!
//! ```text
//!            claim / release
//!               ┌─────┐
//!               ▼     │
//!  issue ──▶ Pending ─┴─ approve ──▶ Approved ──── lease ────▶ Redeeming ── commit ──▶ Redeemed
//!               │                       ▲                     │    │
//!               │ deny                  └─── abandon, or the ─┘    │ refuse
//!               ▼                            lease is over         ▼
//!            Denied                                             Refused
//!
//!  any live state ── revoke ──▶ Revoked      (remembers whether tokens had been issued)
//! ```
//!
//! `Denied`, `Refused`, `Redeemed` and `Revoked` are terminal; only `Redeemed` can still be revoked.
//! Expired is no state: a grant is expired when `now >= expires_at`, and that is worked out on every
//! look ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
//!
//! What always holds:
//!
//! - A decision of the end user happens once and is never undone: no event leads back to `Pending`.
//! - Only the attempt that holds the lease can commit, and only while the lease lasts.
//! - After `expires_at` nobody reviews or decides and no attempt begins. A lease that was begun before may
//!   still end in each of its ways, committing until it is over, and polls are told "pending" for as long; a review
//!   can still be released, and a grant revoked.
//! - What is granted is within what was requested, and no part of it that was not empty is narrowed to nothing.
//! - After an attempt that the issuer could not serve, the next one waits for a [`Pause`] to end, and an approval is
//!   not delayed by anything else. No pause outlives the approval.
//! - Pacing ([`Pace`]) is no part of the state: it has its own writer, so that a poll cannot touch a decision.
//!
//! A transition takes the grant and returns the next one, or [`InvalidTransition`] and nothing has
//! happened. Nothing here awaits, reads a clock or draws a random number.

mod access;
mod answer;
mod attempt;
mod decision;
mod encoding;
mod facts;
mod granted;
mod holder;
mod host_data;
mod identity;
mod narrowing;
mod origin;
mod pacing;
mod pause;
mod place;
mod record;
mod redemption;
mod review;
mod revision;
mod revocation;
mod state;
#[cfg(test)]
mod tests;
mod timestamp;
mod transition;

pub use self::access::Access;
pub use self::answer::Answer;
pub use self::attempt::{Attempt, Fence, Lease};
pub use self::decision::DecisionRefused;
pub(crate) use self::encoding::{BodyError, Columns};
pub use self::facts::{Facts, Issuance};
pub use self::granted::Granted;
pub use self::holder::{Holder, KeyThumbprint};
pub use self::host_data::{HostData, InvalidHostData};
pub use self::identity::{ClientId, SessionDigest, Subject};
pub use self::narrowing::{Emptied, Narrowing};
pub use self::origin::Origin;
pub use self::pacing::{Pace, Paced, Pacing};
pub use self::pause::Pause;
pub use self::place::Place;
pub use self::record::Grant;
pub use self::review::{Arrival, Claim, ClaimRefused, Claimed, Nonce, Reviewer};
pub use self::revision::Revision;
pub use self::state::{Denial, Refusal, State};
pub use self::timestamp::Timestamp;
pub use self::transition::InvalidTransition;
