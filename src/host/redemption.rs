use std::sync::Arc;

use super::Client;
use crate::grant::{
    Access, Attempt, Facts, Grant, Granted, KeyThumbprint, State, Subject, Timestamp,
};

/// One attempt to issue tokens for one approved grant.
///
/// The grant's id and the attempt make issuing idempotent: the same pair never asks for different tokens. A
/// higher [`ordinal`](Self::ordinal) for a grant means that no earlier attempt can be delivered any more.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Redemption {
    /// The client, as it was authenticated for this poll.
    pub client: Client,
    /// The grant: where it came from, when, the host's own data. Each has its own [`id`](Facts::id): no token of one grant
    /// should end with another's.
    pub grant: Arc<Facts>,
    /// The access that the end user granted, and how they had signed in.
    pub granted: Arc<Granted>,
    /// The access to be granted: within what the end user granted, which is within what was requested.
    ///
    /// If the poll named [resources](https://www.rfc-editor.org/rfc/rfc8707#section-2.2), it has no others: they are
    /// what the access token is for. A refresh token may go on standing for all that was [granted](Self::granted).
    pub access: Access,
    /// The name of the attempt: a random 128-bit number in hexadecimal and the [ordinal](Self::ordinal), such as
    /// `01010101010101010101010101010101/1`. `(grant id, attempt)` is the key under which an issuer remembers what it issued.
    pub attempt: String,
    /// The number of the attempt at its grant, from 1. A higher number means that no earlier attempt can ever be
    /// delivered, so an issuer may void what those produced.
    pub ordinal: u32,
    /// The time from which on the attempt cannot be delivered any more.
    pub deadline: Timestamp,
    /// True if the attempt was committed before and its response may have been lost: the device asks again inside
    /// the [redelivery window](crate::device_grants::Builder::redelivery).
    ///
    /// Answer with the tokens of this very attempt, or void those and issue others in their place: one live set is
    /// the issuer's duty here.
    pub is_redelivery: bool,
    /// The key to bind the tokens to: the one that the grant is bound to, or else the one that the device proved with
    /// this very poll, as clients do that know [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5) and
    /// nothing of device codes. With it a token's type is `DPoP`, or it is bound to a certificate.
    pub key: Option<KeyThumbprint>,
    held: Attempt,
    record: Grant,
    /// The resources that the attempt is for alone; none for all that was granted.
    resources: Arc<[String]>,
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
            grant: Arc::clone(grant.facts()),
            record: grant.clone(),
            granted: Arc::clone(granted),
            access: granted.access.clone(),
            resources: Arc::clone(resources),
            attempt: lease.attempt.to_string(),
            ordinal: lease.attempt.ordinal,
            held: lease.attempt,
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
            grant: Arc::clone(grant.facts()),
            record: grant.clone(),
            granted: Arc::clone(granted),
            access: granted.access.clone(),
            resources: Arc::clone(resources),
            attempt: attempt.to_string(),
            ordinal: attempt.ordinal,
            held: *attempt,
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

    /// The attempt as the grant has it.
    pub(crate) fn held(&self) -> Attempt {
        self.held
    }

    /// The grant as it was when the attempt began.
    pub(crate) fn record(&self) -> &Grant {
        &self.record
    }

    /// Returns the end user whose account it is.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.granted.subject()
    }
}
