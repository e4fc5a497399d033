use std::time::Duration;

use super::fault::Fault;
use super::inner::Inner;
use super::poll::{Poll, PollOutcome};
use super::rows::Stored;
use super::store_access::Written;
use crate::grant::{Access, Grant, State, Timestamp};
use crate::host::{Cause, EventKind, IssueError, Redemption, Ruling};
use crate::invalid_value::InvalidValue;
use crate::message::{ErrorCode, ErrorResponse, TokenResponse};

/// The outcome of an attempt, before its commit: the answers of policy and issuer.
pub(super) enum Draft {
    Tokens(TokenResponse),
    Refused(ErrorResponse),
    Unavailable {
        port: &'static str,
        retry_after: Option<Duration>,
        cause: Cause,
    },
    /// The policy left none of the resources that the poll names.
    NoTarget,
    /// The lease, or the window for redelivery, was over before the issuer was asked.
    Late,
    /// The approval was over before the issuer was asked.
    Ended,
    /// The issuer broke its contract.
    Unfit {
        tokens: TokenResponse,
        cause: Unfit,
    },
}

/// A breach of contract by an issuer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error(transparent)]
    Malformed(InvalidValue),
    #[error("the tokens carry more scope than was granted")]
    Widened,
    #[error("the tokens carry other authorization details than were granted")]
    OtherDetails,
}

impl Inner {
    /// Leases the grant, issues tokens, commits, and only then hands them out.
    ///
    /// Returns `None` if another write changed the grant, which then has to be read again.
    pub(super) async fn redeem(
        &self,
        poll: &Poll<'_>,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<Option<PollOutcome>, Fault> {
        // A random fence, not a counter: after a failover that lost writes, two attempts with one number would look
        // equal.
        let fence = self
            .fence()
            .map_err(|error| self.fault(Fault::entropy(error)))?;
        // Drawn before anything is issued: without it nothing could be committed.
        let committed = self
            .revision()
            .map_err(|error| self.fault(Fault::entropy(error)))?;
        let Ok(leased) = stored.grant.lease(fence, now, self.lease, poll.resources) else {
            return Ok(None);
        };
        let Written::Won(leased) = self.write(stored, leased).await? else {
            return Ok(None);
        };
        // Only an expired lease can be taken over, so the earlier attempt was late or its node has failed.
        if matches!(stored.grant.state(), State::Redeeming { .. }) {
            self.observe_grant(EventKind::AttemptLost, &leased.grant, now);
        }
        let Some(redemption) = Redemption::of(poll.client, &leased.grant) else {
            return Ok(None);
        };
        // The lease began before it was written. If the store used most of it up, the tokens would come too late. The rest of the
        // lease runs out, and a later poll takes a new one.
        if redemption.deadline < self.now_at(&leased) + self.lease / 4 {
            self.observe_grant(EventKind::PollPending, &leased.grant, now);
            return Ok(Some(PollOutcome::Pending));
        }
        let redemption = redemption.proven(poll.key);
        match self.draft(&leased, redemption.clone()).await {
            Draft::Tokens(tokens) => self.commit(&leased, committed, &redemption, tokens).await,
            Draft::Refused(refusal) => self.refuse(&leased, &redemption, refusal).await,
            // Nothing is written: the lease is over, and the next poll may take another.
            Draft::Late => Ok(Some(PollOutcome::Pending)),
            Draft::Ended => {
                let now = self.now_at(&leased);
                match leased.grant.give_up(redemption.held(), now) {
                    Ok(next) => self.write_lapsed(&leased, next, now).await,
                    Err(_) => Ok(None),
                }
            }
            Draft::NoTarget => {
                if let Ok(next) = leased.grant.give_back(redemption.held()) {
                    self.write(&leased, next).await?;
                }
                Ok(Some(PollOutcome::InvalidTarget))
            }
            Draft::Unavailable {
                port,
                retry_after,
                cause,
            } => {
                self.observe_unavailable(port, &*cause, &leased.grant, self.now());
                let retry_after = self.abandon(&leased, &redemption, retry_after).await?;
                Ok(Some(PollOutcome::Unavailable { retry_after }))
            }
            // The approval survives: once the issuer is repaired, a later poll gets tokens.
            Draft::Unfit { tokens, cause } => {
                self.discard(&redemption, tokens).await;
                self.abandon(&leased, &redemption, None).await?;
                let broken = Fault::lasting("issuer", "the token issuer broke its contract", cause);
                Err(self.fault_of(broken, &leased.grant))
            }
        }
    }

    /// Ends an approval that is older than the redemption window. Returns `None` if another write changed the grant.
    pub(super) async fn lapse(
        &self,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<Option<PollOutcome>, Fault> {
        let lapsed = self
            .redemption_window
            .and_then(|window| stored.grant.lapse(window, now).ok());
        match lapsed {
            Some(next) => self.write_lapsed(stored, next, now).await,
            None => Ok(None),
        }
    }

    async fn write_lapsed(
        &self,
        stored: &Stored,
        next: Grant,
        now: Timestamp,
    ) -> Result<Option<PollOutcome>, Fault> {
        let Written::Won(lapsed) = self.write(stored, next).await? else {
            return Ok(None);
        };
        self.observe_grant(EventKind::ApprovalLapsed, &lapsed.grant, now);
        Ok(Some(PollOutcome::Expired))
    }

    /// Calls the policy and the issuer, for the resources that the attempt names.
    pub(super) async fn draft(&self, stored: &Stored, redemption: Redemption) -> Draft {
        // Checked again on the row that the store returned: an approval that was edited there must not exceed the request.
        if redemption.grant.grantable(&redemption.access).is_err() {
            return Draft::Refused(ErrorResponse::access_denied());
        }
        let Some(redemption) = within_terms(redemption) else {
            return Draft::Refused(ErrorResponse::access_denied());
        };
        let redemption = match self.rule(redemption).await {
            Ok(redemption) => redemption,
            Err(draft) => return draft,
        };
        if let Some(over) = self.overtaken(stored, &redemption) {
            return over;
        }
        // An empty list would let the issuer fall back to its default resources, which may be more than the poll named.
        let Some(redemption) = redemption.naming() else {
            return Draft::NoTarget;
        };
        match self.token_issuer.issue(&redemption).await {
            Ok(tokens) => fit(tokens, &redemption),
            Err(IssueError::Refused(refusal)) => refused("issuer", refusal),
            Err(IssueError::Unavailable {
                retry_after,
                source,
            }) => Draft::Unavailable {
                port: "issuer",
                retry_after,
                cause: source,
            },
        }
    }

    /// Asks the policy whether tokens may still be issued.
    async fn rule(&self, redemption: Redemption) -> Result<Redemption, Draft> {
        let Some(policy) = &self.policy else {
            return Ok(redemption);
        };
        match policy.at_redemption(&redemption).await {
            Ok(Ruling::Allow) => Ok(redemption),
            Ok(Ruling::Narrow(narrower)) => match redemption.access.narrow(&narrower) {
                Ok(access) => Ok(redemption.narrowed(access)),
                Err(_) => Err(Draft::Refused(ErrorResponse::access_denied())),
            },
            Ok(Ruling::Refuse(refusal)) => Err(refused("policy", refusal)),
            // These need a person at the page, who has left: at this point they can only refuse.
            Ok(Ruling::StepUp(_) | Ruling::Warn(_) | Ruling::Confirm) => {
                Err(Draft::Refused(ErrorResponse::access_denied()))
            }
            // As for an issuer that is down: most devices give up at an error, and the approval would be lost.
            Err(error) => Err(Draft::Unavailable {
                port: "policy",
                retry_after: None,
                cause: error.into(),
            }),
        }
    }

    /// Judges an attempt again after the policy has answered. If the approval has ended by then, the issuer is not called. Once the
    /// issuer is called, the attempt may commit as long as its lease lasts.
    fn overtaken(&self, stored: &Stored, redemption: &Redemption) -> Option<Draft> {
        let now = self.now_at(stored);
        let end = stored.grant.ends_at(self.redemption_window);
        // A redelivery ends with its `deadline`, which may be after the window for redeeming.
        if !redemption.is_redelivery && now >= end {
            return Some(Draft::Ended);
        }
        (now >= redemption.deadline).then_some(Draft::Late)
    }

    /// Commits the attempt. The tokens leave only if the commit is known to have happened.
    async fn commit(
        &self,
        leased: &Stored,
        revision: u64,
        redemption: &Redemption,
        tokens: TokenResponse,
    ) -> Result<Option<PollOutcome>, Fault> {
        let now = self.now_at(leased);
        let Ok(next) = leased.grant.commit(redemption.held(), now) else {
            // Too late: the lease is over, and another attempt may be under way. The next poll looks again, because one request
            // does not wait for a slow issuer twice.
            self.discard(redemption, tokens).await;
            return Ok(Some(PollOutcome::Pending));
        };
        // Nothing is sent and nothing discarded before the outcome is known: either could be wrong.
        let is_committed = match self.write_at(leased, next, revision).await {
            Ok(Written::Won(_)) => Ok(true),
            // A write that was reported lost may have happened, with another write after it.
            Ok(Written::Lost) => self.find_again(&redemption.grant.id).await.map(|current| {
                current.is_some_and(|current| is_redeemed_by(&current.grant, redemption))
            }),
            Err(fault) => Err(fault),
        };
        match is_committed {
            Ok(true) => {
                self.observe_grant(EventKind::Redeemed, &leased.grant, now);
                Ok(Some(PollOutcome::Tokens(tokens)))
            }
            Ok(false) => {
                self.discard(redemption, tokens).await;
                Ok(None)
            }
            Err(fault) => {
                // Neither delivered nor discarded. If the commit happened, discarding would void the only set of tokens;
                // if it did not, delivering would allow a second set.
                self.observe_grant(EventKind::CommitUnknown, &leased.grant, now);
                Err(fault)
            }
        }
    }

    async fn refuse(
        &self,
        leased: &Stored,
        redemption: &Redemption,
        refusal: ErrorResponse,
    ) -> Result<Option<PollOutcome>, Fault> {
        let now = self.now_at(leased);
        let Ok(next) = leased.grant.refuse(redemption.held(), refusal.clone(), now) else {
            return Ok(None);
        };
        let Written::Won(refused) = self.write(leased, next).await? else {
            return Ok(None);
        };
        self.observe_grant(EventKind::RedemptionRefused, &refused.grant, now);
        Ok(Some(PollOutcome::Refused(refusal)))
    }

    /// Gives the lease back, and returns the duration of the pause. Returns `None` if another attempt has the lease by now.
    async fn abandon(
        &self,
        leased: &Stored,
        redemption: &Redemption,
        retry_after: Option<Duration>,
    ) -> Result<Option<Duration>, Fault> {
        let now = self.now_at(leased);
        let attempt = redemption.held();
        let window = self.redemption_window;
        let Ok(next) = leased.grant.abandon(attempt, now, retry_after, window) else {
            return Ok(None);
        };
        let pause = next.pause().map(|pause| pause.until.duration_until(now));
        match self.write(leased, next).await? {
            Written::Won(_) => Ok(pause),
            Written::Lost => Ok(None),
        }
    }

    pub(super) async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        self.token_issuer.discard(redemption, tokens).await;
        self.observe_grant(EventKind::Discarded, redemption.record(), self.now());
    }
}

/// Narrows a redemption to the client's current terms. Returns `None` if that leaves nothing of the scope, the resources or the
/// details: an issuer may read an empty list as its own default.
fn within_terms(redemption: Redemption) -> Option<Redemption> {
    let (terms, access) = (redemption.client.terms.as_ref()?, &redemption.access);
    let limited = terms.limit(access);
    access.not_emptied_by(&limited).ok()?;
    Some(redemption.narrowed(limited))
}

/// The outcome of an attempt that the host refuses with this error.
fn refused(port: &'static str, refusal: ErrorResponse) -> Draft {
    // A device polls on at these, so the grant must not end with them. A host may have passed them on from its token service.
    let passing = [ErrorCode::TemporarilyUnavailable, ErrorCode::ServerError];
    if passing.contains(&refusal.error) {
        return Draft::Unavailable {
            port,
            retry_after: refusal.retry_after,
            cause: refusal.into(),
        };
    }
    Draft::Refused(refusal.into_refusal())
}

/// Checks that the tokens have no more than was granted, and adds the granted scope and details if the issuer named none.
fn fit(tokens: TokenResponse, redemption: &Redemption) -> Draft {
    let access = &redemption.access;
    let tokens = tokens.or_granted(&access.scope, &access.authorization_details);
    match unfit(&tokens, access) {
        Some(cause) => Draft::Unfit { tokens, cause },
        None => Draft::Tokens(tokens),
    }
}

fn unfit(tokens: &TokenResponse, access: &Access) -> Option<Unfit> {
    if let Err(error) = tokens.check() {
        return Some(Unfit::Malformed(error));
    }
    let scope = tokens.scope.as_ref();
    if scope.is_some_and(|scope| !scope.is_subset_of(&access.scope)) {
        return Some(Unfit::Widened);
    }
    let details = tokens.extra("authorization_details");
    let is_other = details.is_some_and(|details| !access.covers_details(details));
    is_other.then_some(Unfit::OtherDetails)
}

pub(super) fn is_redeemed_by(grant: &Grant, redemption: &Redemption) -> bool {
    matches!(grant.state(), State::Redeemed { attempt, .. } if *attempt == redemption.held())
}
