use super::DeviceGrants;
use super::fault::Fault;
use super::revoke::Revocation;
use crate::host::{GrantsOf, Visitor};

/// The numbers of grants that [`DeviceGrants::revoke_all_own`] or [`DeviceGrants::revoke_where_as_administrator`] revoked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Revocations {
    /// The number of grants that were revoked before tokens were issued for them.
    pub before_redemption: u64,
    /// The number of grants whose tokens the [`TokenRevoker`](crate::host::TokenRevoker) revoked, including grants that had been
    /// revoked before.
    pub tokens_ended: u64,
    /// The number of grants whose tokens stay valid until they expire, because there is no
    /// [`TokenRevoker`](crate::host::TokenRevoker).
    pub tokens_live_on: u64,
}

impl Revocations {
    fn count(&mut self, revocation: Revocation) {
        match revocation {
            Revocation::BeforeRedemption => self.before_redemption += 1,
            Revocation::TokensEnded => self.tokens_ended += 1,
            Revocation::TokensLiveOn => self.tokens_live_on += 1,
            Revocation::NothingToRevoke => {}
        }
    }
}

impl DeviceGrants {
    /// Revokes every grant that the visitor approved, each as [`revoke_own`](Self::revoke_own) does: "sign out everywhere".
    ///
    /// It has the limits of [`revoke_where_as_administrator`](Self::revoke_where_as_administrator).
    ///
    /// # Errors
    ///
    /// As [`revoke_where_as_administrator`](Self::revoke_where_as_administrator).
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.revoke_all_own",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn revoke_all_own(&self, visitor: &Visitor) -> Result<Revocations, Fault> {
        self.revoke_where_as_administrator(&GrantsOf::Subject(visitor.subject().clone()))
            .await
    }

    /// Revokes every grant of an end user or a client, each as [`revoke_as_administrator`](Self::revoke_as_administrator) does:
    /// for administrators, when a user is locked or a client's secret is stolen.
    ///
    /// It needs a [directory](super::Builder::directory). Before you call it:
    ///
    /// - Lock the user or the client, and have the policy or the token issuer check that. Otherwise it may miss a grant that is
    ///   approved while it runs.
    /// - Set [`Builder::retention`](super::Builder::retention) to the lifetime of your longest-lived token: it does not find
    ///   deleted grants.
    /// - Set a [`TokenRevoker`](super::Builder::token_revoker). Without one, issued tokens stay valid;
    ///   [`tokens_live_on`](Revocations::tokens_live_on) counts their grants.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use device_grant::testing::{Poll, Ran, Scenario, ScriptedIssuer, block_on};
    /// use device_grant::host::GrantsOf;
    ///
    /// # let t = Scenario::new(ScriptedIssuer::new([]));
    /// # let tv = t.device("tv").authorize("openid").unwrap();
    /// # t.visitor("alice").approve(&tv).unwrap();
    /// # let grants = t.grants();
    /// # let Ran::Done(Ok(())) = block_on(async {
    /// let revoked = grants.revoke_where_as_administrator(&GrantsOf::Subject("alice".into())).await?;
    /// assert_eq!(revoked.before_redemption, 1);
    /// # Ok::<(), device_grant::Fault>(())
    /// # }) else { panic!() };
    /// # assert_eq!(tv.poll(), Ok(Poll::Denied));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Fault`]. If the store failed, some grants may not be revoked; a grant whose row cannot be read never is. If the
    /// revoker failed, all grants are revoked, but some tokens may still be valid. Call again in each case.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.revoke_where_as_administrator",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn revoke_where_as_administrator(&self, of: &GrantsOf) -> Result<Revocations, Fault> {
        let inner = self.inner();
        let mut revocations = Revocations::default();
        let mut unrevoked = None;
        let mut pages = inner.pages(of);
        while let Some(page) = pages.next().await? {
            unrevoked = unrevoked.or(page.unreadable);
            for stored in page.grants {
                // Only the store's failure ends the walk. A revoker that
                // fails for one grant must not keep the others alive.
                let withdrawn = inner.withdraw(stored).await?;
                revocations.count(withdrawn.revocation);
                unrevoked = unrevoked.or(withdrawn.unrevoked);
            }
        }
        unrevoked.map_or(Ok(revocations), Err)
    }
}
