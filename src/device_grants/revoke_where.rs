use super::DeviceGrants;
use super::fault::Fault;
use super::revoke::Revocation;
use crate::host::{Cursor, GrantsOf, StoreError};

/// What [`DeviceGrants::revoke_where`] has withdrawn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Revocations {
    /// How many grants were withdrawn before tokens were issued for them.
    pub before_redemption: u64,
    /// Of how many the [`TokenRevoker`](crate::host::TokenRevoker) was told to end the tokens, those included that had
    /// been withdrawn earlier.
    pub after_redemption: u64,
}

impl Revocations {
    fn count(&mut self, revocation: Revocation) {
        match revocation {
            Revocation::BeforeRedemption => self.before_redemption += 1,
            Revocation::AfterRedemption => self.after_redemption += 1,
            Revocation::NothingToRevoke => {}
        }
    }
}

impl DeviceGrants {
    /// Withdraws every grant of an end user or a client, each as [`revoke`](Self::revoke) does: "sign out everywhere", or
    /// a client that was broken into.
    ///
    /// It needs a [directory](super::Builder::directory). What is approved while it runs may escape it: lock the user or
    /// the client first, and let the policy or the token issuer look at that. Grants that are forgotten by now are not
    /// found; their tokens are the token issuer's to end.
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
    /// let revoked = grants.revoke_where(&GrantsOf::subject("alice")).await?;
    /// assert_eq!(revoked.before_redemption, 1);
    /// # Ok::<(), device_grant::Fault>(())
    /// # }) else { panic!() };
    /// # assert_eq!(tv.poll(), Ok(Poll::Denied));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Fault`]: of the store's, and the rest was not reached; or of the revoker's, and all was withdrawn, but some
    /// tokens may be alive. Call again in either case.
    pub async fn revoke_where(&self, of: &GrantsOf) -> Result<Revocations, Fault> {
        let ports = self.ports();
        let mut revocations = Revocations::default();
        let mut unrevoked = None;
        let mut after: Option<Cursor> = None;
        loop {
            let page = ports.page(of, after.as_ref(), Self::LONGEST_PAGE).await?;
            for stored in page.grants {
                let withdrawn = ports.withdraw(stored).await?;
                revocations.count(withdrawn.revocation);
                unrevoked = unrevoked.or(withdrawn.unrevoked);
            }
            let Some(next) = page.next else { break };
            if after.is_some_and(|after| next >= after) {
                let error = StoreError::broken("the list of grants does not come to an end");
                return Err(ports.fault(error));
            }
            after = Some(next);
        }
        unrevoked.map_or(Ok(revocations), Err)
    }
}
