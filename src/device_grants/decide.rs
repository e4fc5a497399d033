use std::sync::Arc;

use super::DeviceGrants;
use super::approval::Approval;
use super::fault::Fault;
use super::inner::Inner;
use super::review::ReviewTicket;
use super::rows::Stored;
use super::store_access::{TRIES, Written};
use crate::code::ConfirmationCode;
use crate::grant::{Access, Claim, DecisionRefused, Denial, Facts, Grant, Timestamp};
use crate::host::{ApprovalContext, EventKind, Ruling, Visitor, Warning};
use crate::invalid_value::InvalidValue;
use crate::message::SignInParameters;
use crate::message::{ErrorCode, ErrorResponse};

/// The reason why a decision was not accepted. The grant is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// The ticket is old, used, released or another visitor's. The error deliberately does not say which.
    #[error("this request is no longer valid")]
    Refused,
    /// The same end user has already decided differently, with the same ticket.
    #[error("this request has already been decided otherwise")]
    #[non_exhaustive]
    AlreadyDecided {
        /// True if they approved.
        approved: bool,
    },
    /// The approval names more than was requested.
    #[error("more would be approved than was requested")]
    Widened,
    /// The approval leaves nothing of a requested part. To grant nothing, [deny](DeviceGrants::deny): to a token issuer, an
    /// empty list could mean its own default. The code names the part: `invalid_scope`,
    /// `invalid_target` or `invalid_authorization_details`.
    #[error("nothing would be approved of a part of the request ({})", .0.as_str())]
    NothingLeft(ErrorCode),
    /// The policy or the client requires a stronger sign-in first, as these
    /// [`SignInParameters`](crate::message::SignInParameters) say.
    #[error("this request needs a stronger sign-in")]
    StepUp(SignInParameters),
    /// The policy warns: show this to the end user, who may then approve [despite](Approval::despite) it.
    #[error("this request needs a second confirmation")]
    Warned(Warning),
    /// The policy does not allow the approval. The end user may still deny.
    #[error("this request may not be approved")]
    Forbidden(ErrorResponse),
    /// A port failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<InvalidValue> for DecisionError {
    /// A text that is no ticket counts as one that is nobody's: [`DecisionError::Refused`].
    fn from(_: InvalidValue) -> Self {
        Self::Refused
    }
}

impl DeviceGrants {
    /// Approves the reviewed request. The tokens will be for the visitor's account.
    ///
    /// Returns the confirmation code if the client's [terms](crate::host::Terms::confirmation_code) or the policy
    /// ([`Ruling::Confirm`]) require the device to send one. Show it to this visitor only, who enters it on the device.
    /// [`revisit`](Self::revisit) returns it again until the device has sent it.
    ///
    /// Repeating the call with the same ticket, as by a double click, changes nothing and is no error. A dropped future may or
    /// may not have approved the grant; repeat the call.
    ///
    /// # Errors
    ///
    /// [`DecisionError`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.approve",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn approve(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
        approval: Approval,
    ) -> Result<Option<ConfirmationCode>, DecisionError> {
        let inner = self.in_service()?;
        for _ in 0..TRIES {
            // After a lost race, everything is judged again, also by the policy, which may judge what changed.
            let (stored, claim) = match inner.decidable(ticket, visitor).await? {
                Ok(decidable) => decidable,
                Err((DecisionRefused::AlreadyApproved, grant)) => {
                    // A double click, or a retry after a lost reply: the same answer, the confirmation code included.
                    return Ok(grant.and_then(|grant| inner.awaited_code(&grant)));
                }
                Err((refused, grant)) => {
                    let now = inner.now();
                    return Err(inner.decision_refused(
                        refused,
                        grant.as_ref().map(Grant::facts),
                        visitor,
                        now,
                    ));
                }
            };
            let access = approval.access(&stored.grant.facts().requested);
            stored.grant.facts().grantable(&access).map_err(error_of)?;
            // For a confirmation code. Settled here, so that no call of a port lies between the judgement below and the write.
            inner.know_keys().await?;
            let now = || inner.now_at(&stored);
            let ruling = inner.rule_approval(stored.grant.facts(), visitor, &approval, access, now);
            let ruled = ruling.await;
            // The grant is judged by this time below: the policy may have taken until after its end.
            let now = inner.now_at(&stored);
            let Permitted { access, confirm } = match ruled {
                Ok(permitted) => permitted,
                Err(error) => {
                    return Err(inner.approval_refused(error, stored.grant.facts(), visitor, now));
                }
            };
            let mut granted = approval.granted(&claim, access, now);
            granted.ip = visitor.ip();
            let longest = inner.review_lifetime;
            let (code, next) = if confirm || stored.grant.facts().needs_confirmation {
                let (code, digest) = inner.confirmation(&stored.grant, &claim);
                let next = stored
                    .grant
                    .approve_unconfirmed(granted, digest, now, longest);
                (Some(code), next)
            } else {
                (None, stored.grant.approve(granted, now, longest))
            };
            let next = match next {
                Ok(next) => next,
                Err(refused) => {
                    let grant = Some(stored.grant.facts());
                    return Err(inner.decision_refused(refused, grant, visitor, now));
                }
            };
            if let Written::Won(approved) = inner.write(&stored, next).await? {
                inner.announce(&approved.grant.id()).await;
                inner.observe_visit(
                    EventKind::Approved,
                    Some(approved.grant.facts()),
                    visitor,
                    now,
                );
                return Ok(code);
            }
        }
        Err(inner.contended().into())
    }

    /// Returns the facts of the grant that a ticket may decide; `None` if it has been approved.
    ///
    /// # Errors
    ///
    /// [`DecisionError`], reported as that of an approval.
    #[cfg(feature = "page")]
    pub(crate) async fn reviewed(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Result<Option<Arc<Facts>>, DecisionError> {
        let inner = self.inner();
        match inner.decidable(ticket, visitor).await? {
            Ok((stored, _)) => Ok(Some(Arc::clone(stored.grant.facts()))),
            Err((DecisionRefused::AlreadyApproved, _)) => Ok(None),
            Err((refused, grant)) => {
                let (grant, now) = (grant.as_ref().map(Grant::facts), inner.now());
                Err(inner.decision_refused(refused, grant, visitor, now))
            }
        }
    }

    /// Denies the reviewed request: the device gets `access_denied`.
    ///
    /// # Errors
    ///
    /// [`DecisionError`]. The policy is not asked: a denial is always allowed.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.deny",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn deny(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Result<(), DecisionError> {
        self.inner().deny(ticket, visitor, Denial::Declined).await
    }

    /// Denies the reviewed request and reports that the visitor did not start it, because somebody may be phishing. The event
    /// is [`ReportedNotMe`](EventKind::ReportedNotMe).
    ///
    /// # Errors
    ///
    /// As [`deny`](Self::deny).
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.report_not_me",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn report_not_me(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Result<(), DecisionError> {
        self.inner().deny(ticket, visitor, Denial::NotMe).await
    }
}

/// The access that the policy permits.
pub(super) struct Permitted {
    access: Access,
    /// True if the device has to send a confirmation code.
    confirm: bool,
}

/// The reason why a ticket does not decide, and the grant that it names, if there is one.
type Undecidable = (DecisionRefused, Option<Grant>);

impl Inner {
    async fn deny(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
        denial: Denial,
    ) -> Result<(), DecisionError> {
        for _ in 0..TRIES {
            let Some(stored) = self.find(&ticket.grant_id()).await? else {
                let now = self.now();
                return Err(self.decision_refused(DecisionRefused::NotLive, None, visitor, now));
            };
            let now = self.now_at(&stored);
            // No policy is asked, and no limit charged: nothing may keep a victim from denying.
            let denied = stored.grant.deny(
                visitor.reviewer(),
                ticket.nonce(),
                denial,
                now,
                self.review_lifetime,
            );
            let next = match denied {
                Ok(next) => next,
                // A repeated denial succeeds: a person who presses the button twice sees no error.
                Err(DecisionRefused::AlreadyDenied) => return Ok(()),
                Err(refused) => {
                    let (grant, now) = (Some(stored.grant.facts()), self.now());
                    return Err(self.decision_refused(refused, grant, visitor, now));
                }
            };
            if let Written::Won(denied) = self.write(&stored, next).await? {
                self.announce(&denied.grant.id()).await;
                let kind = match denial {
                    Denial::Declined => EventKind::Denied,
                    Denial::NotMe => EventKind::ReportedNotMe,
                };
                self.observe_visit(kind, Some(denied.grant.facts()), visitor, now);
                return Ok(());
            }
        }
        Err(self.contended().into())
    }

    /// Finds the grant, and the claim by which the visitor may decide on it.
    async fn decidable(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Result<Result<(Stored, Arc<Claim>), Undecidable>, Fault> {
        let Some(stored) = self.find(&ticket.grant_id()).await? else {
            return Ok(Err((DecisionRefused::NotLive, None)));
        };
        let claim = stored.grant.decidable(
            visitor.reviewer(),
            ticket.nonce(),
            self.now_at(&stored),
            self.review_lifetime,
        );
        Ok(match claim.cloned() {
            Ok(claim) => Ok((stored, claim)),
            Err(refused) => Err((refused, Some(stored.grant))),
        })
    }

    fn decision_refused(
        &self,
        refused: DecisionRefused,
        grant: Option<&Arc<Facts>>,
        visitor: &Visitor,
        now: Timestamp,
    ) -> DecisionError {
        self.observe_visit(EventKind::TicketRefused, grant, visitor, now);
        error_of(refused)
    }

    /// Returns the part of `access` that the policy leaves, if the sign-in meets the demands of the policy and of the client.
    /// Calls `now` once the policy has answered.
    pub(super) async fn rule_approval(
        &self,
        grant: &Facts,
        visitor: &Visitor,
        approval: &Approval,
        access: Access,
        now: impl Fn() -> Timestamp + Send,
    ) -> Result<Permitted, DecisionError> {
        let permitted = |access, confirm| Permitted { access, confirm };
        let ruling = self.ask_policy(grant, visitor, approval, &access).await?;
        match (ruling, self.unmet(grant, approval, now())) {
            // Before the step-up: no sign-in helps against a refusal.
            (Ruling::Refuse(refusal), _) => Err(DecisionError::Forbidden(refusal.into_refusal())),
            // The client's own demands hold whatever the policy says: a policy can only add to them.
            (Ruling::StepUp(mut step_up), _) | (_, Some(mut step_up)) => {
                step_up.login_hint = grant.sign_in.login_hint.clone();
                Err(DecisionError::StepUp(step_up))
            }
            (Ruling::Warn(warning), None) if !approval.is_despite(&warning) => {
                Err(DecisionError::Warned(warning))
            }
            (Ruling::Allow | Ruling::Warn(_), None) => Ok(permitted(access, false)),
            (Ruling::Confirm, None) => Ok(permitted(access, true)),
            (Ruling::Narrow(narrower), None) => {
                let narrowed = access.narrow(&narrower);
                let narrowed = narrowed.map_err(DecisionError::NothingLeft)?;
                Ok(permitted(narrowed, false))
            }
        }
    }

    /// Reports that an approval was not accepted.
    fn approval_refused(
        &self,
        error: DecisionError,
        grant: &Arc<Facts>,
        visitor: &Visitor,
        now: Timestamp,
    ) -> DecisionError {
        let kind = match &error {
            DecisionError::Warned(_) => EventKind::ApprovalWarned,
            DecisionError::Forbidden(_)
            | DecisionError::StepUp(_)
            | DecisionError::NothingLeft(_) => EventKind::ApprovalRefused,
            DecisionError::Refused
            | DecisionError::AlreadyDecided { .. }
            | DecisionError::Widened
            | DecisionError::Fault(_) => return error,
        };
        self.observe_visit(kind, Some(grant), visitor, now);
        error
    }

    async fn ask_policy(
        &self,
        facts: &Facts,
        visitor: &Visitor,
        approval: &Approval,
        access: &Access,
    ) -> Result<Ruling, Fault> {
        let Some(policy) = &self.policy else {
            return Ok(Ruling::Allow);
        };
        let mut context = ApprovalContext::new(facts, visitor, access, &approval.data);
        context.acr = approval.acr.as_deref();
        context.amr = &approval.amr;
        context.auth_time = approval.auth_time;
        let ruling = policy.at_approval(&context).await;
        ruling.map_err(|error| self.fault(Fault::policy(error)))
    }
}

pub(super) fn error_of(refused: DecisionRefused) -> DecisionError {
    match refused {
        // One error for all three: the visitor must not learn the state of a grant that is not theirs.
        DecisionRefused::NotLive | DecisionRefused::NotTheirs | DecisionRefused::Stale => {
            DecisionError::Refused
        }
        DecisionRefused::AlreadyApproved => DecisionError::AlreadyDecided { approved: true },
        DecisionRefused::AlreadyDenied => DecisionError::AlreadyDecided { approved: false },
        DecisionRefused::Widened => DecisionError::Widened,
        DecisionRefused::Emptied(emptied) => DecisionError::NothingLeft(emptied),
    }
}
