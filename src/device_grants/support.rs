use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use super::listing::ListedGrant;
use super::revoke_where::Revocations;
use super::rows::Stored;
use super::store_access::{TRIES, Written};
use crate::code::GrantId;
use crate::grant::Subject;
use crate::host::GrantsOf;

impl DeviceGrants {
    /// Finds a grant by its id, which is in events, logs and lists: for administrators.
    ///
    /// It finds a grant in any state until it is [deleted](crate::Builder::retention), and needs no
    /// [directory](crate::Builder::directory). [`ListedGrant::granted`] says who approved it, when, from where and after which
    /// sign-in.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.find_as_administrator",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn find_as_administrator(&self, id: &GrantId) -> Result<Option<ListedGrant>, Fault> {
        let found = self.inner().find(id).await?;
        Ok(found.map(|stored| ListedGrant::of(&stored.grant, stored.read_at())))
    }

    /// Finds grants by the user code that a device shows or an end user typed: for administrators, in a support call. There is
    /// usually one at most; a text that cannot be a code finds none.
    ///
    /// Never let end users call it, because it counts for no limit. It finds used and expired codes as well, until the grant
    /// is [deleted](crate::Builder::retention), and needs no [directory](crate::Builder::directory).
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use device_grant::testing::{Ran, Scenario, ScriptedIssuer, block_on};
    /// # let t = Scenario::new(ScriptedIssuer::new([]));
    /// # let tv = t.device("tv").authorize("openid").unwrap();
    /// # t.visitor("alice").ip([192, 0, 2, 7]).approve(&tv).unwrap();
    /// # let (grants, code) = (t.grants(), tv.user_code());
    /// # let Ran::Done(Ok(())) = block_on(async {
    /// for grant in grants.find_by_user_code_as_administrator(code).await? {
    ///     println!("{} of {}: {:?}", grant.id, grant.client_id, grant.standing);
    ///     if let Some(granted) = &grant.granted {
    ///         println!("{} approved at {} from {:?}", granted.subject(), granted.at, granted.ip);
    ///     }
    /// }
    /// # Ok::<(), device_grant::Fault>(())
    /// # }) else { panic!() };
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.find_by_user_code_as_administrator",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn find_by_user_code_as_administrator(
        &self,
        typed: &str,
    ) -> Result<Vec<ListedGrant>, Fault> {
        let inner = self.inner();
        let Ok(codes) = inner.read(typed) else {
            return Ok(Vec::new());
        };
        let asked_at = inner.now();
        let own = inner.rows_under(&codes).await?.into_iter();
        own.map(|(_, row)| {
            let stored = Stored::read(row, asked_at);
            let stored = stored.map_err(|error| inner.fault(Fault::store(error)))?;
            Ok(ListedGrant::of(&stored.grant, stored.read_at()))
        })
        .collect()
    }

    /// Erases an end user's data: for administrators.
    ///
    /// It revokes every grant that they approved, as [`revoke_where_as_administrator`](Self::revoke_where_as_administrator) does.
    /// Then it removes the account, the approval, the origin of the request and your own data from these grants. The rest
    /// answers the device, and is [deleted](Self::purge_all) one hour after the codes expired.
    ///
    /// It does not find grants that they denied, or reviewed without a decision. Those name them until they are deleted, one hour
    /// after the codes expired. Keys of the limiter are digests. Erase your own logs yourself.
    ///
    /// It needs a [directory](crate::Builder::directory). Lock the user first: it may miss a grant that is approved while it
    /// runs.
    ///
    /// # Errors
    ///
    /// As `revoke_where_as_administrator`. A grant whose tokens could not be revoked is not erased; call again.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.erase_as_administrator",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn erase_as_administrator(&self, subject: &Subject) -> Result<Revocations, Fault> {
        let of = GrantsOf::Subject(subject.clone());
        let revocations = self.revoke_where_as_administrator(&of).await?;
        let inner = self.inner();
        // A second walk, because only a grant that has ended can be erased, and an erased grant is no longer on the list.
        let mut pages = inner.pages(&of);
        while let Some(page) = pages.next().await? {
            for stored in page.grants {
                inner.erase(stored).await?;
            }
            if let Some(unreadable) = page.unreadable {
                return Err(unreadable);
            }
        }
        Ok(revocations)
    }
}

impl Inner {
    /// Erases the end user of a grant that has ended. A grant that has not ended is left as it is.
    async fn erase(&self, mut stored: Stored) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let Ok(erased) = stored.grant.erase() else {
                return Ok(());
            };
            if let Written::Won(_) = self.write(&stored, erased).await? {
                return Ok(());
            }
            match self.find(&stored.grant.id()).await? {
                Some(current) => stored = current,
                None => return Ok(()),
            }
        }
        Err(self.contended())
    }
}
