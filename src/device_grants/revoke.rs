use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use super::rows::Stored;
use super::store_access::{TRIES, Written};
use crate::code::GrantId;
use crate::grant::{Facts, Grant, State};
use crate::host::{Client, DeviceTokenRequest, EventKind, TokenRevocation, Visitor};

/// The outcome of a revocation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Revocation {
    /// The grant was revoked before tokens were issued. It will never yield any.
    BeforeRedemption,
    /// The grant was revoked after tokens were issued, and the [`TokenRevoker`](crate::host::TokenRevoker) revoked them.
    TokensEnded,
    /// The grant was revoked after tokens were issued, and the tokens stay valid until they expire, because there is no
    /// [`TokenRevoker`](crate::host::TokenRevoker). The device stays signed in until then.
    TokensLiveOn,
    /// There is no such grant to revoke.
    NothingToRevoke,
}

impl DeviceGrants {
    /// Revokes a grant that the visitor approved: the "sign out" of a page that [lists](Self::list_own) their devices. If tokens
    /// were issued for it, it calls the [`TokenRevoker`](crate::host::TokenRevoker), also if the grant was revoked before.
    ///
    /// Grants that other people approved are not found, so you can pass an `id` from a form without a check.
    ///
    /// # Errors
    ///
    /// A [`Fault`]. If the revoker failed, the grant is revoked but its tokens may still be valid: call again.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.revoke_own",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn revoke_own(&self, id: &GrantId, visitor: &Visitor) -> Result<Revocation, Fault> {
        let whose = |grant: &Grant| grant.state().subject() == Some(visitor.subject());
        self.inner().withdraw_if(id, whose).await
    }

    /// Revokes a grant that the visitor approved, as [`revoke_own`](Self::revoke_own) does, and reports that they did not start
    /// it: they may have been phished. The event is [`ReportedNotMe`](EventKind::ReportedNotMe).
    ///
    /// # Errors
    ///
    /// As [`revoke_own`](Self::revoke_own).
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.report_own_not_me",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn report_own_not_me(
        &self,
        id: &GrantId,
        visitor: &Visitor,
    ) -> Result<Revocation, Fault> {
        let inner = self.inner();
        let found = inner.find(id).await?;
        let is_theirs = |stored: &Stored| stored.grant.state().subject() == Some(visitor.subject());
        let Some(stored) = found.filter(is_theirs) else {
            return Ok(Revocation::NothingToRevoke);
        };
        let now = inner.now_at(&stored);
        let grant = Some(stored.grant.facts());
        // Before the revocation: the report of a phishing counts even if that fails.
        inner.observe_visit(EventKind::ReportedNotMe, grant, visitor, now);
        let withdrawn = inner.withdraw(stored).await?;
        withdrawn.unrevoked.map_or(Ok(withdrawn.revocation), Err)
    }

    /// Withdraws the visitor's approval, for an "undo" on the page after the approval: the device gets `access_denied`.
    ///
    /// Returns `true` if the grant never yields tokens. Returns `false` if it is too late, because the device has its tokens
    /// or the grant has ended in another way; [`revoke_own`](Self::revoke_own) revokes such tokens. Approvals of other visitors
    /// are not found. Repeating the call changes nothing.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.undo_approval",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn undo_approval(&self, id: &GrantId, visitor: &Visitor) -> Result<bool, Fault> {
        let inner = self.inner();
        let is_theirs = |grant: &Grant| grant.state().subject() == Some(visitor.subject());
        let Some(stored) = inner.find(id).await?.filter(|it| is_theirs(&it.grant)) else {
            return Ok(false);
        };
        if is_undone(&stored.grant) {
            return Ok(true);
        }
        let may_end = |grant: &Grant| is_theirs(grant) && !is_redeemed(grant);
        Ok(inner.end(Some(stored), may_end).await?.is_some())
    }

    /// Revokes any grant in any state, as [`revoke_own`](Self::revoke_own) does: for administrators.
    ///
    /// Pass an `id` from an end user's form to `revoke_own` instead.
    ///
    /// # Errors
    ///
    /// As [`revoke_own`](Self::revoke_own).
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.revoke_as_administrator",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn revoke_as_administrator(&self, id: &GrantId) -> Result<Revocation, Fault> {
        self.inner().withdraw_if(id, |_| true).await
    }

    /// Revokes one token for its client ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)), through the
    /// [`TokenRevoker`](crate::host::TokenRevoker).
    ///
    /// Returns `false` if tokens of this kind cannot be revoked (`unsupported_token_type`), and always without a revoker.
    ///
    /// # Errors
    ///
    /// A [`Fault`] of the revoker.
    pub async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, Fault> {
        let inner = self.inner();
        let Some(revoker) = &inner.token_revoker else {
            return Ok(false);
        };
        let revoked = revoker.revoke_token(revocation).await;
        revoked.map_err(|error| inner.fault(Fault::revoker(error)))
    }

    /// Revokes a grant for its own client, which gives up, for instance because its user pressed "cancel". A device code that is
    /// unknown, used, or another client's changes nothing.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.cancel",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn cancel(
        &self,
        client: &Client,
        request: DeviceTokenRequest,
    ) -> Result<Revocation, Fault> {
        let inner = self.inner();
        let Some(id) = inner.grant_id(&request, client) else {
            return Ok(Revocation::NothingToRevoke);
        };
        let Some(stored) = inner.find(&id).await? else {
            let now = inner.now();
            let kind = EventKind::UnknownDeviceCode;
            inner.observe_client(kind, client, request.source, now);
            return Ok(Revocation::NothingToRevoke);
        };
        if !inner.proves(&stored.grant, client, &request, inner.now()) {
            return Ok(Revocation::NothingToRevoke);
        }
        // Client and binding never change, so a grant that is read again needs no second proof.
        let ended = inner.end(Some(stored), |grant| !is_redeemed(grant)).await?;
        Ok(match ended {
            Some(_) => Revocation::BeforeRedemption,
            None => Revocation::NothingToRevoke,
        })
    }
}

/// The outcome of ending a grant and revoking its tokens.
pub(super) struct Withdrawn {
    pub(super) revocation: Revocation,
    /// The failure of the revoker, after which the tokens may still be valid.
    pub(super) unrevoked: Option<Fault>,
}

/// The fate of the tokens of a grant that was ended.
enum Ended {
    BeforeRedemption,
    AfterRedemption,
}

impl Inner {
    /// Withdraws the grant with this id, if `may_be` allows it.
    async fn withdraw_if(
        &self,
        id: &GrantId,
        may_be: impl Fn(&Grant) -> bool + Send,
    ) -> Result<Revocation, Fault> {
        let found = self.find(id).await?;
        let Some(stored) = found.filter(|stored| may_be(&stored.grant)) else {
            return Ok(Revocation::NothingToRevoke);
        };
        let withdrawn = self.withdraw(stored).await?;
        withdrawn.unrevoked.map_or(Ok(withdrawn.revocation), Err)
    }

    /// Ends a grant, and calls the revoker if tokens were issued for it, also if the grant was revoked before.
    pub(super) async fn withdraw(&self, stored: Stored) -> Result<Withdrawn, Fault> {
        let grant = stored.grant.clone();
        // A repeated revocation asks the revoker again, which may have failed the first time.
        let ended = if had_tokens(&grant) {
            Some(Ended::AfterRedemption)
        } else {
            self.end(Some(stored), |_| true).await?
        };
        let revocation = match ended {
            None => Revocation::NothingToRevoke,
            Some(Ended::BeforeRedemption) => Revocation::BeforeRedemption,
            Some(Ended::AfterRedemption) => return Ok(self.revoke_tokens(grant.facts()).await),
        };
        Ok(Withdrawn {
            revocation,
            unrevoked: None,
        })
    }

    async fn revoke_tokens(&self, grant: &Facts) -> Withdrawn {
        let revoked = match &self.token_revoker {
            Some(revoker) => Some(revoker.revoke_grant(grant).await),
            None => None,
        };
        let (revocation, unrevoked) = match revoked {
            Some(Ok(())) => (Revocation::TokensEnded, None),
            Some(Err(error)) => (
                Revocation::TokensLiveOn,
                Some(self.fault(Fault::revoker(error))),
            ),
            None => (Revocation::TokensLiveOn, None),
        };
        Withdrawn {
            revocation,
            unrevoked,
        }
    }

    /// Ends the grant, if `may_end` allows it for the grant as it is replaced. Returns `None` if there was nothing to end.
    async fn end(
        &self,
        mut current: Option<Stored>,
        may_end: impl Fn(&Grant) -> bool + Send,
    ) -> Result<Option<Ended>, Fault> {
        for _ in 0..TRIES {
            // Judged at each read: before a try is repeated, the device may have got its tokens.
            let Some(stored) = current.filter(|stored| may_end(&stored.grant)) else {
                return Ok(None);
            };
            let now = self.now_at(&stored);
            let Ok(next) = stored.grant.revoke(now) else {
                return Ok(None);
            };
            if let Written::Won(revoked) = self.write(&stored, next).await? {
                self.announce(&revoked.grant.id()).await;
                // A revoked state counts as no approval: the event takes the time since then from the state before.
                self.observe_grant(EventKind::Revoked, &stored.grant, now);
                return Ok(Some(if is_redeemed(&stored.grant) {
                    Ended::AfterRedemption
                } else {
                    Ended::BeforeRedemption
                }));
            }
            current = self.find(&stored.grant.id()).await?;
        }
        Err(self.contended())
    }
}

fn is_redeemed(grant: &Grant) -> bool {
    matches!(grant.state(), State::Redeemed { .. })
}

/// Returns whether the grant was revoked before tokens had been issued for it.
fn is_undone(grant: &Grant) -> bool {
    matches!(grant.state(), State::Revoked { redeemed: None, .. })
}

/// Returns whether the grant was revoked after tokens had been issued for it.
fn had_tokens(grant: &Grant) -> bool {
    matches!(
        grant.state(),
        State::Revoked {
            redeemed: Some(_),
            ..
        }
    )
}
