use super::DeviceGrants;
use super::fault::Fault;
use super::poll::PollRequest;
use super::ports::Ports;
use super::rows::Stored;
use super::write::{TRIES, Written};
use crate::code::GrantId;
use crate::grant::{Facts, Grant, Holder, State};
use crate::host::{Client, Event, EventKind, RevokeError};

/// The outcome of a revocation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Revocation {
    /// Withdrawn before tokens were issued: none ever will be.
    BeforeRedemption,
    /// Withdrawn after tokens were issued: they are the issuer's to revoke.
    AfterRedemption,
    /// There was nothing left to withdraw.
    NothingToRevoke,
}

impl DeviceGrants {
    /// Withdraws a grant, wherever it stands. If tokens were issued for it, the
    /// [`TokenRevoker`](crate::host::TokenRevoker) is told, and is told again each time that this is called.
    ///
    /// # Errors
    ///
    /// A [`Fault`]. After one of the revoker's the grant is withdrawn, and its tokens may be alive: call again.
    pub async fn revoke(&self, id: &GrantId) -> Result<Revocation, Fault> {
        let ports = self.ports();
        let Some(stored) = ports.find(id).await? else {
            return Ok(Revocation::NothingToRevoke);
        };
        let withdrawn = ports.withdraw(stored).await?;
        withdrawn.unrevoked.map_or(Ok(withdrawn.revocation), Err)
    }

    /// Revokes one token for its client ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)), through the
    /// [`TokenRevoker`](crate::host::TokenRevoker). Without one, `None`.
    ///
    /// # Errors
    ///
    /// [`RevokeError`].
    pub async fn revoke_token(
        &self,
        client: &Client,
        token: &str,
        hint: Option<&str>,
    ) -> Option<Result<(), RevokeError>> {
        let ports = self.ports();
        let revoker = ports.token_revoker.as_ref()?;
        let revoked = revoker.revoke_token(client, token, hint).await;
        if let Err(RevokeError::Unavailable(cause)) = &revoked {
            ports.observe_fault(&**cause);
        }
        Some(revoked)
    }

    /// Withdraws a grant for its own client, which gives up: the device was switched off, or its user pressed
    /// "cancel". A device code that is unknown, used, or not the client's changes nothing.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    pub async fn cancel(
        &self,
        client: &Client,
        request: impl Into<PollRequest>,
    ) -> Result<Revocation, Fault> {
        let ports = self.ports();
        let request = request.into();
        let Some(id) = request.grant_id(&ports.issuer, client) else {
            return Ok(Revocation::NothingToRevoke);
        };
        let holder: Holder = request.holder(client);
        let Some(stored) = ports.find(&id).await? else {
            let now = ports.now();
            ports.observe_client(EventKind::UnknownDeviceCode, None, client, now);
            return Ok(Revocation::NothingToRevoke);
        };
        if !ports.is_held(&stored.grant, client, &holder, ports.now()) {
            return Ok(Revocation::NothingToRevoke);
        }
        // Whose it is never changes.
        ports
            .revoke(Some(stored), |grant| !is_redeemed(grant))
            .await
    }

    /// Forgets up to `limit` grants that are past their retention, and up to `limit` keys of the
    /// [limiter](crate::host::Limiter::purge) that owe nothing; returns the number of grants.
    ///
    /// Call it regularly, for instance once a minute: there is no timer in this crate.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    pub async fn purge(&self, limit: u32) -> Result<u64, Fault> {
        let ports = self.ports();
        let now = ports.now();
        let grants = ports
            .store
            .purge(limit)
            .await
            .map_err(|error| ports.fault(error))?;
        if grants > 0 {
            ports.observe(|| Event::new(EventKind::Purged { grants }, now));
        }
        let keys = ports.limiter.purge(limit).await;
        keys.map_err(|error| ports.fault(error))?;
        Ok(grants)
    }
}

/// A grant that was withdrawn.
pub(super) struct Withdrawn {
    pub(super) revocation: Revocation,
    /// Why its tokens may be alive.
    pub(super) unrevoked: Option<Fault>,
}

impl Ports {
    /// Withdraws a grant, and has the tokens revoked that were issued for it, now or before.
    pub(super) async fn withdraw(&self, stored: Stored) -> Result<Withdrawn, Fault> {
        let grant = stored.grant.clone();
        let revocation = if had_tokens(&grant) {
            Revocation::AfterRedemption
        } else {
            self.revoke(Some(stored), |_| true).await?
        };
        let unrevoked = match revocation {
            Revocation::AfterRedemption => self.revoke_tokens(grant.facts()).await.err(),
            Revocation::BeforeRedemption | Revocation::NothingToRevoke => None,
        };
        Ok(Withdrawn {
            revocation,
            unrevoked,
        })
    }

    async fn revoke_tokens(&self, grant: &Facts) -> Result<(), Fault> {
        let Some(revoker) = &self.token_revoker else {
            return Ok(());
        };
        let revoked = revoker.revoke_grant(grant).await;
        revoked.map_err(|error| self.fault(error))
    }

    /// Withdraws the grant if `may_end` still says so of it when it is written.
    async fn revoke(
        &self,
        mut current: Option<Stored>,
        may_end: impl Fn(&Grant) -> bool + Send,
    ) -> Result<Revocation, Fault> {
        for _ in 0..TRIES {
            let Some(stored) = current.filter(|stored| may_end(&stored.grant)) else {
                return Ok(Revocation::NothingToRevoke);
            };
            let now = self.now_at(&stored);
            let Ok(next) = stored.grant.revoke(now) else {
                return Ok(Revocation::NothingToRevoke);
            };
            if let Written::Won(_) = self.write(&stored, next).await? {
                // The grant as it was still knows whose it was.
                self.observe_grant(EventKind::Revoked, &stored.grant, now);
                return Ok(if is_redeemed(&stored.grant) {
                    Revocation::AfterRedemption
                } else {
                    Revocation::BeforeRedemption
                });
            }
            current = self.find(&stored.grant.id()).await?;
        }
        Err(self.contended())
    }
}

fn is_redeemed(grant: &Grant) -> bool {
    matches!(grant.state(), State::Redeemed { .. })
}

/// Whether the grant was revoked after tokens had been issued for it.
fn had_tokens(grant: &Grant) -> bool {
    matches!(
        grant.state(),
        State::Revoked {
            redeemed: Some(_),
            ..
        }
    )
}
