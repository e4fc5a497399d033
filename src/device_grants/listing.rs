use std::fmt;
use std::sync::Arc;

use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use super::rows::Stored;
use crate::code::GrantId;
use crate::grant::{Answer, ClientId, Facts, Grant, Granted, Origin, State, Subject, Timestamp};
use crate::host::{Cursor, GrantsOf, PageRequest, PortError, Visitor};
use crate::message::Scope;

/// A page of a list of grants.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listing {
    /// The grants, newest first. There may be fewer than requested, even none, although there is a next page. A grant whose
    /// row cannot be read is left out, with an event.
    pub grants: Vec<ListedGrant>,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

/// A grant in a list, for its end user and for administrators. It has no code and no secret.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ListedGrant {
    /// The identifier, for [`revoke_own`](DeviceGrants::revoke_own). It is not a secret.
    pub id: GrantId,
    /// The client to which the codes were issued.
    pub client_id: ClientId,
    /// The end user who approved; `None` if nobody did.
    pub subject: Option<Subject>,
    /// The state of the grant.
    pub standing: Standing,
    /// The scope that was requested.
    pub requested: Scope,
    /// The approval: who approved what, when, from where, and after which sign-in. It is kept until the grant is
    /// deleted, also after a revocation.
    pub granted: Option<Arc<Granted>>,
    /// The origin of the request. The device's own words in it are unverified.
    pub origin: Origin,
    /// The time at which the codes were issued.
    pub issued_at: Timestamp,
    /// The time at which the codes expire. Tokens have their own expiry.
    pub expires_at: Timestamp,
    /// The time at which the grant got its present state, if known.
    pub since: Option<Timestamp>,
    /// All facts of the grant, for the presenter of the ready-made page.
    pub(crate) facts: Arc<Facts>,
}

impl fmt::Debug for ListedGrant {
    /// Without the facts that are not listed, such as the digest of the user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedGrant")
            .field("id", &self.id)
            .field("client_id", &self.client_id)
            .field("subject", &self.subject)
            .field("standing", &self.standing)
            .field("requested", &self.requested)
            .field("granted", &self.granted)
            .field("origin", &self.origin)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// The state of a listed grant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Standing {
    /// Nobody has decided.
    Pending,
    /// The end user approved, and the device has not got its tokens yet. It may still have to send its confirmation code.
    Approved,
    /// The end user denied.
    Denied,
    /// Tokens were issued: the device is signed in until they expire.
    Redeemed,
    /// The host refused to issue tokens.
    Refused,
    /// The grant was revoked, with its tokens if there is a [`TokenRevoker`](crate::host::TokenRevoker).
    Revoked,
    /// The codes expired, or the [redemption window](crate::Builder::redemption_window) ended, before the device got tokens.
    Expired,
}

impl DeviceGrants {
    /// The largest number of grants on one page: 100.
    pub const LONGEST_PAGE: u32 = 100;

    /// Lists a page of the visitor's own grants, newest first. `after` is the [`next`](Listing::next) of the page before.
    /// `limit` is clamped to 1 to [`LONGEST_PAGE`](Self::LONGEST_PAGE).
    ///
    /// Use it for a page of the visitor's devices, with [`revoke_own`](Self::revoke_own) and
    /// [`revoke_all_own`](Self::revoke_all_own). It needs a [directory](super::Builder::directory), and finds a grant until it
    /// is deleted, after [`Builder::retention`](super::Builder::retention). Grants of other issuers are left out.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use device_grant::testing::{Ran, Scenario, ScriptedIssuer, block_on};
    /// use device_grant::device_grants::Standing;
    /// use device_grant::host::Visitor;
    ///
    /// # let t = Scenario::new(ScriptedIssuer::new([]));
    /// # let tv = t.device("tv").label("Living room").authorize("openid").unwrap();
    /// # t.visitor("alice").approve(&tv).unwrap();
    /// # let _ = tv.poll().unwrap();
    /// # let grants = t.grants();
    /// # let Ran::Done(Ok(())) = block_on(async {
    /// let page = grants.list_own(&Visitor::new("alice"), None, 20).await?;
    /// for device in page.grants.iter().filter(|grant| grant.standing == Standing::Redeemed) {
    ///     println!("{} {:?} {:?}", device.client_id, device.origin.device_label(), device.since);
    /// }
    /// # assert_eq!(page.grants.len(), 1);
    /// # Ok::<(), device_grant::Fault>(())
    /// # }) else { panic!() };
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Fault`], which is not retryable if there is no directory.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.list_own",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn list_own(
        &self,
        visitor: &Visitor,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Listing, Fault> {
        let of = GrantsOf::Subject(visitor.subject().clone());
        self.list_as_administrator(&of, after, limit).await
    }

    /// Lists a page of the grants of any end user or client, as [`list_own`](Self::list_own) does: for administrators.
    ///
    /// # Errors
    ///
    /// As [`list_own`](Self::list_own).
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.list_as_administrator",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn list_as_administrator(
        &self,
        of: &GrantsOf,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Listing, Fault> {
        let inner = self.inner();
        let page = inner.page(of, after, limit).await?;
        let grants = page.grants.iter();
        Ok(Listing {
            grants: grants
                .map(|stored| ListedGrant::of(&stored.grant, stored.read_at()))
                .collect(),
            next: page.next,
        })
    }
}

/// A page of a list, with the grants as they are stored.
pub(super) struct Page {
    pub(super) grants: Vec<Stored>,
    /// The fault of a grant that is left out of the page, if one is. It has been reported.
    pub(super) unreadable: Option<Fault>,
    pub(super) next: Option<Cursor>,
}

/// A walk over all pages of a list.
pub(super) struct Pages<'a> {
    inner: &'a Inner,
    of: &'a GrantsOf,
    after: Option<Cursor>,
    is_over: bool,
}

impl Pages<'_> {
    /// Returns the next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, Fault> {
        if self.is_over {
            return Ok(None);
        }
        let (of, after) = (self.of, self.after.as_ref());
        let page = self.inner.page(of, after, DeviceGrants::LONGEST_PAGE);
        let page = page.await?;
        self.after = page.next;
        self.is_over = page.next.is_none();
        Ok(Some(page))
    }
}

impl Inner {
    /// Begins a walk over the grants of this list that belong to this issuer.
    pub(super) fn pages<'a>(&'a self, of: &'a GrantsOf) -> Pages<'a> {
        Pages {
            inner: self,
            of,
            after: None,
            is_over: false,
        }
    }

    /// Reads a page of the grants that belong to this issuer.
    pub(super) async fn page(
        &self,
        of: &GrantsOf,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let Some(directory) = &self.directory else {
            let remedy = "name one by `Builder::directory`";
            return Err(self.fault(Fault::lasting(
                "settings",
                "there is no directory of grants",
                remedy,
            )));
        };
        let limit = limit.clamp(1, DeviceGrants::LONGEST_PAGE);
        let mut request = PageRequest::first(self.issuer.clone(), of.clone(), limit);
        request.after = after.copied();
        let asked_at = self.now();
        let listed = directory.list(&request).await;
        let mut rows = listed.map_err(|error| self.fault(Fault::store(error)))?;
        // A directory that ignores the cursor would keep a sign-out walking the same page.
        let mut places = rows.iter().map(Cursor::at);
        if places.any(|place| after.is_some_and(|after| place >= *after)) {
            let error = PortError::broken("the list of grants does not come to an end");
            return Err(self.fault(Fault::store(error)));
        }
        // Counted before the rows of other issuers are dropped: without them, a full page would look like the last one.
        let is_full = u32::try_from(rows.len()).is_ok_and(|count| count >= limit);
        rows.retain(|row| self.is_own(row));
        // Taken from the rows that are left, because a cursor must not name the grant of another issuer.
        let next = rows.last().filter(|_| is_full).map(Cursor::at);
        let (mut grants, mut unreadable) = (Vec::new(), None);
        for row in rows {
            match Stored::read(row, asked_at) {
                Ok(stored) => grants.push(stored),
                // One damaged row must not hide a person's other devices.
                Err(error) => unreadable = Some(self.fault(Fault::store(error))),
            }
        }
        Ok(Page {
            grants,
            unreadable,
            next,
        })
    }
}

impl ListedGrant {
    pub(super) fn of(grant: &Grant, now: Timestamp) -> Self {
        let (facts, state) = (grant.facts(), grant.state());
        Self {
            id: facts.id,
            client_id: facts.client_id.clone(),
            subject: state.subject().cloned(),
            standing: Standing::of(grant, now),
            requested: facts.requested.scope.clone(),
            granted: state.approval().cloned(),
            origin: facts.origin.clone(),
            issued_at: facts.issued_at,
            expires_at: facts.expires_at,
            since: since(grant, now),
            facts: Arc::clone(facts),
        }
    }
}

impl Standing {
    fn of(grant: &Grant, now: Timestamp) -> Self {
        // If a grant was revoked after its expiry, its device gets `expired_token`, but the list shows the revocation.
        if matches!(grant.state(), State::Revoked { .. }) {
            return Self::Revoked;
        }
        match grant.answer(now) {
            Answer::Redeemed(_) => Self::Redeemed,
            Answer::Revoked { .. } => Self::Revoked,
            Answer::Expired | Answer::Lapsed => Self::Expired,
            Answer::Denied => Self::Denied,
            Answer::Refused(_) => Self::Refused,
            Answer::Redeem | Answer::Paused(_) | Answer::Redeeming | Answer::Confirm(_) => {
                Self::Approved
            }
            Answer::Pending => Self::Pending,
        }
    }
}

fn since(grant: &Grant, now: Timestamp) -> Option<Timestamp> {
    let facts = grant.facts();
    if grant.answer(now) == Answer::Expired {
        return Some(facts.expires_at);
    }
    match grant.state() {
        State::Pending { .. } => Some(facts.issued_at),
        State::Approved { granted, .. }
        | State::Unconfirmed { granted, .. }
        | State::Redeeming { granted, .. } => Some(granted.at),
        State::Denied { at, .. }
        | State::Redeemed { at, .. }
        | State::Refused { at, .. }
        | State::Lapsed { at, .. }
        | State::Revoked { at, .. } => Some(*at),
    }
}
