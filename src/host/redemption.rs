use std::sync::Arc;

use super::Client;
use crate::grant::{
    Access, Attempt, Facts, Grant, Granted, KeyThumbprint, State, Subject, Timestamp,
};

/// One attempt to issue tokens for one approved grant.
///
/// Grant id and attempt make issuing idempotent: the same pair always stands for one valid set of tokens. A
/// higher [`ordinal`](Self::ordinal) for a grant guarantees that no earlier attempt is ever delivered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Redemption {
    /// The client, as it was authenticated for this poll.
    pub client: Client,
    /// The grant: its origin, its times, your own data. Store its [`id`](Facts::id) with the tokens, so that revoking one grant
    /// does not revoke the tokens of another.
    pub grant: Arc<Facts>,
    /// The approval: the access that the end user granted, and how they had signed in.
    pub granted: Arc<Granted>,
    /// The access of the tokens: at most what the end user granted, which is at most what was requested.
    ///
    /// If the poll named [resources](https://www.rfc-editor.org/rfc/rfc8707#section-2.2), it has only those: they are
    /// for the access token. A refresh token may keep all the access that was [granted](Self::granted).
    pub access: Access,
    /// The name of the attempt: a random 128-bit number in hexadecimal and the [ordinal](Self::ordinal), such as
    /// `01010101010101010101010101010101/1`. Remember issued tokens under the key `(grant id, attempt)`.
    pub attempt: String,
    /// The number of the attempt at its grant, from 1. A higher number guarantees that no earlier attempt is ever
    /// delivered, so an issuer may void the tokens of those.
    pub ordinal: u32,
    /// The time from which the tokens of this attempt cannot be delivered any more.
    pub deadline: Timestamp,
    /// True if the attempt was already committed and its response may have been lost: the device polls again within
    /// the [redelivery window](crate::device_grants::Builder::redelivery).
    ///
    /// Return the tokens of this attempt, or void those and issue others: only one set may be valid.
    pub is_redelivery: bool,
    /// The key to which to bind the tokens: that of the grant, or else the one that the device proved with
    /// this poll ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)). For a DPoP key, the token type is `DPoP`.
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

    /// Sets the key that came with the poll, unless the grant is bound to a key.
    pub(crate) fn proven(mut self, key: Option<KeyThumbprint>) -> Self {
        // A bound grant keeps its key, which every poll has proved.
        self.key = self.key.or(key);
        self
    }

    /// Limits the access to the resources that the attempt names, unless it names none. Returns `None` if that leaves none.
    pub(crate) fn naming(mut self) -> Option<Self> {
        if self.resources.is_empty() {
            return Some(self);
        }
        let named = &self.resources;
        let held = &mut self.access.resources;
        held.retain(|resource| named.contains(resource));
        (!held.is_empty()).then_some(self)
    }

    /// Sets the access.
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

    /// Returns the end user who approved, for whose account the tokens are.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.granted.subject()
    }
}
