use std::sync::Arc;

use super::Client;
use crate::code::GrantId;
use crate::grant::{
    Access, Attempt, Facts, Grant, Granted, KeyThumbprint, State, Subject, Timestamp,
};
use crate::message::Scope;

/// What tokens are to be issued for: one attempt at one approved grant.
///
/// `(grant_id, attempt)` makes issuing idempotent: the same pair never asks for different tokens. A
/// higher [`Attempt::ordinal`] for a grant means that no earlier attempt can be delivered any more.
#[derive(Clone, Debug)]
pub struct Redemption {
    client: Client,
    grant: Grant,
    granted: Arc<Granted>,
    access: Access,
    resources: Arc<[String]>,
    attempt: Attempt,
    deadline: Timestamp,
    is_redelivery: bool,
    key: Option<KeyThumbprint>,
}

impl Redemption {
    /// The attempt that holds the lease of `grant`, if there is one.
    pub(crate) fn of(client: &Client, grant: &Grant) -> Option<Self> {
        let State::Redeeming {
            granted,
            lease,
            resources,
        } = grant.state()
        else {
            return None;
        };
        Some(Self {
            client: client.clone(),
            grant: grant.clone(),
            granted: Arc::clone(granted),
            access: granted.access.clone(),
            resources: Arc::clone(resources),
            attempt: lease.attempt,
            deadline: lease.until,
            is_redelivery: false,
            key: grant.facts().binding.key_thumbprint,
        })
    }

    /// The attempt that redeemed `grant`, to be answered once more until `deadline`.
    pub(crate) fn again(client: &Client, grant: &Grant, deadline: Timestamp) -> Option<Self> {
        let State::Redeemed {
            granted,
            attempt,
            resources,
            ..
        } = grant.state()
        else {
            return None;
        };
        Some(Self {
            client: client.clone(),
            grant: grant.clone(),
            granted: Arc::clone(granted),
            access: granted.access.clone(),
            resources: Arc::clone(resources),
            attempt: *attempt,
            deadline,
            is_redelivery: true,
            key: grant.facts().binding.key_thumbprint,
        })
    }

    /// For the key that came with the poll, if the grant is bound to none.
    pub(crate) fn proven(mut self, key: Option<KeyThumbprint>) -> Self {
        self.key = self.key.or(key);
        self
    }

    /// For no other resources than the attempt names, unless it names none. `None` if that leaves none of them.
    pub(crate) fn naming(mut self) -> Option<Self> {
        if self.resources.is_empty() {
            return Some(self);
        }
        let named = &self.resources;
        let held = &mut self.access.resources;
        held.retain(|resource| named.contains(resource));
        (!held.is_empty()).then_some(self)
    }

    /// With no more access than `access`.
    pub(crate) fn narrowed(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(crate) fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The grant. Each has its own identifier: no token of one grant should end with another's.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        self.grant.id()
    }

    /// Which attempt at the grant this is.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// From this time on the attempt cannot be delivered any more.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Whether the attempt was committed before and its response may have been lost: the device asks again inside
    /// the [redelivery window](crate::device_grants::Builder::redelivery).
    ///
    /// Answer with the tokens of this very attempt, or void those and issue others in their place: one live set is
    /// the issuer's duty here.
    #[must_use]
    pub fn is_redelivery(&self) -> bool {
        self.is_redelivery
    }

    /// The client, as it was authenticated for this poll.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whose account it is.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.granted.subject()
    }

    /// The scope to be granted.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.access.scope
    }

    /// The access to be granted: within what the end user granted, which is within what was requested.
    ///
    /// If the poll named [resources](https://www.rfc-editor.org/rfc/rfc8707#section-2.2), it has no others: they are
    /// what the access token is for. A refresh token may go on standing for all that was
    /// [granted](Self::granted).
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// What the end user granted, and how they had signed in.
    #[must_use]
    pub fn granted(&self) -> &Granted {
        &self.granted
    }

    /// The key to bind the tokens to: the one that the grant is bound to, or else the one that the device proved with
    /// this very poll, as clients do that know [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5) and
    /// nothing of device codes. With it a token's type is `DPoP`, or it is bound to a certificate.
    #[must_use]
    pub fn key(&self) -> Option<KeyThumbprint> {
        self.key
    }

    /// The facts of the grant: where it came from, when, the host's own data.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.grant.facts()
    }
}
