//! The values that describe a grant, for policies, token issuers and pages.
//!
//! | value | contents |
//! |---|---|
//! | [`Facts`] | the facts of a grant that never change: its id, its client, the requested access, its origin |
//! | [`Access`], [`Narrowing`] | scope, resources and authorization details; their reduction by a policy |
//! | [`Granted`] | an approval: the granted access, and how the end user had signed in |
//! | [`Origin`], [`Place`], [`Arrival`] | the origin of a request, and the way in which its user code reached the page |
//! | [`ClientId`], [`Subject`], [`KeyThumbprint`], [`HostData`], [`Timestamp`] | identifiers, keys, your own data, times |
//!
//! The states of a grant and their transitions are private. You see them as the outcome of a
//! [poll](crate::PollOutcome), as the [standing](crate::device_grants::Standing) of a listed grant, and as
//! [events](crate::host::EventKind).

// The machine: pure functions of (record, event, `now`).
//
// ```text
//            claim / release
//               ┌─────┐
//               ▼     │
//  issue ──▶ Pending ─┴──── approve ───────▶ Approved ──── lease ────▶ Redeeming ── commit ──▶ Redeemed
//               │  │                          ▲    ▲                     │    │
//          deny │  │ approve                  │    └─── abandon, or the ─┘    │ refuse
//               ▼  └────────▶ Unconfirmed ────┘         lease is over         ▼
//            Denied            ▲      │  │  the right confirmation code    Refused
//                              └──────┘  │                                    ▲
//                           a wrong code └───────── the last wrong code ──────┘
//
//  Approved, Unconfirmed, and Redeeming once its lease is over ── the redemption window is over ──▶ Lapsed
//  any live state ── revoke ──▶ Revoked      (remembers whether tokens had been issued)
// ```
//
// `Denied`, `Refused`, `Lapsed`, `Redeemed` and `Revoked` are terminal; only `Redeemed` can still be revoked.
// Expired is no state: a grant is expired when `now >= expires_at`, and that is worked out on every
// look ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
//
// What always holds:
//
// - A decision of the end user happens once and is never undone: no event leads back to `Pending`.
// - Only the attempt that holds the lease can commit, and only while the lease lasts.
// - After `expires_at` nobody reviews or decides and no attempt begins. A lease that was begun before may
//   still end in each of its ways, committing until it is over, and polls are told "pending" for as long; a review
//   can still be released, and a grant revoked.
// - What is granted is within what was requested, and no part of it that was not empty is narrowed to nothing.
// - An unconfirmed approval is redeemed only after the device has sent its confirmation code. Three different wrong
//   codes end it. It is pending to the device, and paced like any pending grant.
// - After an attempt that the issuer could not serve, the next one waits for a pause to end, and an approval is
//   not delayed by anything else. No pause outlives the approval.
// - Pacing is no part of the state: it has its own writer, so that a poll cannot touch a decision.
//
// A transition takes the grant and returns the next one, or an error and nothing has
// happened. Nothing here awaits, reads a clock or draws a random number.

mod access;
mod answer;
mod arrival;
mod attempt;
mod binding;
mod confirmation;
mod decision;
mod encoding;
mod facts;
mod granted;
mod host_data;
mod identity;
mod narrowing;
mod origin;
pub(crate) mod pacing;
mod pause;
mod place;
mod record;
mod redemption;
mod review;
mod revocation;
mod state;
#[cfg(test)]
mod tests;
mod timestamp;
mod transition;

pub use self::access::Access;
pub(crate) use self::answer::Answer;
pub use self::arrival::Arrival;
pub(crate) use self::attempt::{Attempt, Fence, Lease};
pub(crate) use self::binding::Binding;
pub use self::binding::KeyThumbprint;
pub(crate) use self::confirmation::Confirmation;
pub(crate) use self::decision::DecisionRefused;
pub(crate) use self::encoding::{BodyError, Columns};
pub use self::facts::Facts;
pub use self::granted::Granted;
pub use self::host_data::HostData;
pub(crate) use self::identity::SessionDigest;
pub use self::identity::{ClientId, Subject};
pub use self::narrowing::Narrowing;
pub use self::origin::Origin;
pub(crate) use self::pacing::Pacing;
pub(crate) use self::pause::Pause;
pub use self::place::Place;
pub(crate) use self::record::Grant;
pub(crate) use self::review::{Claim, ClaimRefused, Nonce, Reviewer};
pub(crate) use self::state::{Denial, State};
pub use self::timestamp::Timestamp;
pub(crate) use self::transition::InvalidTransition;
