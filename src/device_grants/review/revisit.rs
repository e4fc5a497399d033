use std::sync::Arc;

use super::look_up::matching;
use super::{Review, ReviewError, ReviewTicket};
use crate::code::{ConfirmationCode, UserCode, UserCodeError};
use crate::device_grants::decide::error_of;
use crate::device_grants::inner::Inner;
use crate::device_grants::rows::Stored;
use crate::device_grants::{Approval, DecisionError, DeviceGrants};
use crate::grant::{Claim, Denial, Facts, Granted, State};
use crate::host::Visitor;

/// The state of a review that a visitor opens again with their ticket.
#[derive(Debug)]
#[non_exhaustive]
pub enum Revisit {
    /// The visitor may still decide.
    Open(Review),
    /// They approved it, and the device has not got its tokens yet.
    Approved(Arc<Facts>),
    /// They approved it, and the device has its tokens.
    Redeemed(Arc<Facts>),
    /// Their approval was withdrawn before the device got its tokens.
    Withdrawn(Arc<Facts>),
    /// They approved it, and the device has to send this code.
    Unconfirmed(ConfirmationCode),
    /// They denied it.
    Denied,
    /// They denied it and reported that they did not start it.
    ReportedNotMe,
}

impl DeviceGrants {
    /// Returns a review again to its visitor, or their decision.
    ///
    /// Call it for the GET to which your page redirects after a POST. It reads the store once, writes nothing, counts for no
    /// limit and emits no event. `user_code` is the code of the review, which is only compared with the grant.
    ///
    /// # Errors
    ///
    /// [`DecisionError::Refused`] unless subject, session, ticket and code are those of the review; or
    /// [`DecisionError::Fault`]. A [`Redeemed`](Revisit::Redeemed) or [`Withdrawn`](Revisit::Withdrawn) approval is returned in
    /// another session of the subject, too. An undecided review is refused after the codes or the review have expired, and an
    /// approval without tokens after its end.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.revisit",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn revisit(
        &self,
        ticket: &ReviewTicket,
        user_code: &str,
        visitor: &Visitor,
    ) -> Result<Revisit, DecisionError> {
        let inner = self.inner();
        let Ok(codes) = inner.read(user_code) else {
            return Err(DecisionError::Refused);
        };
        let stored = inner.find(&ticket.grant_id()).await?;
        let found = stored.and_then(|stored| inner.found_again(stored, &codes, ticket, visitor));
        found.ok_or(DecisionError::Refused)
    }

    /// Checks if an approval of this review would be accepted, without approving.
    ///
    /// It asks the policy. It reads and writes nothing in the store, and emits no event.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub async fn check_approval(
        &self,
        review: &Review,
        visitor: &Visitor,
        approval: &Approval,
    ) -> Result<(), DecisionError> {
        let inner = self.in_service()?;
        // The host may have several services, and pass the review of another one: its terms are not this issuer's.
        if review.grant.issuer != inner.issuer {
            return Err(DecisionError::Refused);
        }
        let access = approval.access(&review.grant.requested);
        review.grant.grantable(&access).map_err(error_of)?;
        // The store's time at the look-up: this check does not ask
        // the store for a later one, and `approve` judges again.
        let now = || review.at;
        let ruling = inner.rule_approval(&review.grant, visitor, approval, access, now);
        ruling.await.map(|_| ())
    }

    /// Checks the form of a user code as [`review`](Self::review) does, without looking it up.
    ///
    /// # Errors
    ///
    /// [`UserCodeError`] if the text cannot be a code in any format in use.
    pub fn check_user_code(&self, typed: &str) -> Result<(), UserCodeError> {
        match self.inner().read(typed) {
            Err(ReviewError::Mistyped(error)) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Inner {
    fn found_again(
        &self,
        stored: Stored,
        codes: &[UserCode],
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Option<Revisit> {
        let now = self.now_at(&stored);
        let grant = stored.grant;
        // The grant has only a digest of its code. The page passes the code, which is compared, so that no page shows another code.
        let digests = self.digests(codes);
        let user_code = matching(&digests, grant.facts().user_code?)?.clone();
        let (reviewer, nonce) = (visitor.reviewer(), ticket.nonce());
        let is_theirs = |claim: &Claim| claim.reviewer == *reviewer && claim.nonce == nonce;
        // Nothing is left to decide, and the visitor may have undone the approval after their session was renewed.
        let was_theirs = |granted: &Granted| {
            granted.subject() == visitor.subject() && granted.claim.nonce == nonce
        };
        if let Ok(claim) = grant
            .decidable(reviewer, nonce, now, self.review_lifetime)
            .cloned()
        {
            let facts = Arc::clone(grant.facts());
            return Some(Revisit::Open(Review::new(facts, &claim, user_code, now)));
        }
        match grant.state() {
            // After its end, the device cannot use the confirmation code, so the page must not show it.
            State::Unconfirmed { granted, .. }
                if is_theirs(&granted.claim) && now < grant.ends_at(self.redemption_window) =>
            {
                self.awaited_code(&grant).map(Revisit::Unconfirmed)
            }
            State::Denied { claim, denial, .. } if is_theirs(claim) => Some(match denial {
                Denial::Declined => Revisit::Denied,
                Denial::NotMe => Revisit::ReportedNotMe,
            }),
            State::Approved { granted, .. } | State::Redeeming { granted, .. }
                if is_theirs(&granted.claim) && now < grant.ends_at(self.redemption_window) =>
            {
                Some(Revisit::Approved(Arc::clone(grant.facts())))
            }
            State::Redeemed { granted, .. } if was_theirs(granted) => {
                Some(Revisit::Redeemed(Arc::clone(grant.facts())))
            }
            State::Revoked {
                redeemed: None,
                granted: Some(granted),
                ..
            } if was_theirs(granted) => Some(Revisit::Withdrawn(Arc::clone(grant.facts()))),
            State::Pending { .. }
            | State::Denied { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Redeeming { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => None,
        }
    }
}
