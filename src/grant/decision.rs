use std::sync::Arc;
use std::time::Duration;

use super::{Access, Claim, Denial, Facts, Grant, Granted, Nonce, Reviewer, State, Timestamp};
use crate::message::ErrorCode;

/// The reason why a decision does not count. A page shows the same for the first three.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum DecisionRefused {
    /// The grant is expired or revoked, or another review led to a decision.
    #[error("the grant is no longer pending")]
    NotLive,
    /// The ticket is not this visitor's.
    #[error("the ticket is not this visitor's")]
    NotTheirs,
    /// The review is too long ago.
    #[error("the review is too long ago")]
    Stale,
    /// This very review has already led to an approval.
    #[error("this review already led to an approval")]
    AlreadyApproved,
    /// This very review has already led to a denial.
    #[error("this review already led to a denial")]
    AlreadyDenied,
    /// More would be granted than was requested.
    #[error("more would be granted than was requested")]
    Widened,
    /// The decision would leave nothing of a requested part.
    #[error("{0}")]
    Emptied(ErrorCode),
}

impl Grant {
    /// Returns the claim by which `reviewer` may decide with this `nonce`.
    ///
    /// # Errors
    ///
    /// [`DecisionRefused`], any but [`DecisionRefused::Widened`] and [`DecisionRefused::Emptied`].
    pub(crate) fn decidable(
        &self,
        reviewer: &Reviewer,
        nonce: Nonce,
        now: Timestamp,
        longest: Duration,
    ) -> Result<&Arc<Claim>, DecisionRefused> {
        let is_theirs = |claim: &Claim| claim.reviewer == *reviewer && claim.nonce == nonce;
        match self.state() {
            State::Pending {
                review: Some(claim),
            } if is_theirs(claim) => {
                if self.is_expired(now) {
                    Err(DecisionRefused::NotLive)
                } else if !claim.is_fresh(now, longest) {
                    Err(DecisionRefused::Stale)
                } else {
                    Ok(claim)
                }
            }
            State::Pending { .. } => Err(DecisionRefused::NotTheirs),
            State::Denied { claim, .. } if is_theirs(claim) => Err(DecisionRefused::AlreadyDenied),
            State::Approved { granted, .. }
            | State::Unconfirmed { granted, .. }
            | State::Redeeming { granted, .. }
            | State::Redeemed { granted, .. }
            | State::Refused { granted, .. }
            | State::Lapsed { granted, .. }
                if is_theirs(&granted.claim) =>
            {
                Err(DecisionRefused::AlreadyApproved)
            }
            State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeeming { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => Err(DecisionRefused::NotLive),
        }
    }

    /// Approves: the end user of `granted.claim` grants `granted.access`.
    ///
    /// Only the reviewer and the nonce of `granted.claim` are compared. The approval keeps the claim of the grant.
    ///
    /// # Errors
    ///
    /// As [`decidable`](Self::decidable), [`DecisionRefused::Widened`] and [`DecisionRefused::Emptied`].
    pub(crate) fn approve(
        &self,
        granted: Granted,
        now: Timestamp,
        longest: Duration,
    ) -> Result<Self, DecisionRefused> {
        Ok(self.with_state(State::Approved {
            granted: self.accept(granted, now, longest)?,
            attempts: 0,
            pause: None,
        }))
    }

    /// The access that an approval grants, under the claim that the grant holds.
    pub(super) fn accept(
        &self,
        granted: Granted,
        now: Timestamp,
        longest: Duration,
    ) -> Result<Arc<Granted>, DecisionRefused> {
        let claim = self.decidable(&granted.claim.reviewer, granted.claim.nonce, now, longest)?;
        self.facts().grantable(&granted.access)?;
        Ok(Arc::new(Granted {
            // The stored claim, not the caller's: it alone says that the code once came in a link.
            claim: Claim::clone(claim),
            ..granted
        }))
    }

    /// Denies.
    ///
    /// # Errors
    ///
    /// As [`decidable`](Self::decidable).
    pub(crate) fn deny(
        &self,
        reviewer: &Reviewer,
        nonce: Nonce,
        denial: Denial,
        now: Timestamp,
        longest: Duration,
    ) -> Result<Self, DecisionRefused> {
        let claim = Arc::clone(self.decidable(reviewer, nonce, now, longest)?);
        Ok(self.with_state(State::Denied {
            claim,
            denial,
            at: now,
        }))
    }

    /// Returns whether tokens may be for these resources alone: they are among those that were granted or, as long as nobody
    /// has decided, requested. Once tokens were issued, they are those that the tokens are for, or none is named.
    pub(crate) fn may_name(&self, resources: &[String]) -> bool {
        let within = |held: &[String]| resources.iter().all(|named| held.contains(named));
        match (self.state(), self.state().granted()) {
            (
                // A redelivery repeats one answer: tokens for other resources would be a second set.
                State::Redeemed {
                    resources: held, ..
                },
                _,
            ) => {
                resources.is_empty()
                    || within(held) && held.iter().all(|held| resources.contains(held))
            }
            (_, Some(granted)) => within(&granted.access.resources),
            (_, None) => within(&self.facts().requested.resources),
        }
    }
}

impl Facts {
    /// Checks that `access` is within the requested access, and leaves something of each part of it.
    ///
    /// # Errors
    ///
    /// [`DecisionRefused::Widened`] and [`DecisionRefused::Emptied`].
    pub(crate) fn grantable(&self, access: &Access) -> Result<(), DecisionRefused> {
        let requested = &self.requested;
        if !access.is_within(requested) {
            return Err(DecisionRefused::Widened);
        }
        let left = requested.not_emptied_by(access);
        left.map_err(DecisionRefused::Emptied)
    }
}
