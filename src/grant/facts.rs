use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Access, ClientId, Holder, HostData, Origin, Subject, Timestamp};
use crate::code::{GrantId, UserCodeDigest};
use crate::message::{ExtraParameters, SignInParameters};

/// What a device authorization request brings into being: the arguments of [`Grant::issue`](super::Grant::issue).
///
/// ```
/// use std::time::Duration;
/// use device_grant::code::GrantId;
/// use device_grant::grant::{Grant, Issuance, Timestamp};
///
/// let mut issuance = Issuance::new(GrantId::from_bytes([1; 16]), "tv", Timestamp::from_micros(0));
/// issuance.lifetime = Duration::from_secs(300);
/// let grant = Grant::issue(issuance);
/// assert_eq!(grant.facts().expires_at, Timestamp::from_micros(300_000_000));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issuance {
    /// Derived from the device code.
    pub id: GrantId,
    /// The authorization server's issuer identifier.
    pub issuer: Arc<str>,
    /// Under which the user code is found.
    pub user_code: Option<UserCodeDigest>,
    /// Who may poll.
    pub holder: Holder,
    /// What the client asks for.
    pub requested: Access,
    /// What it asks of the end user's sign-in.
    pub sign_in: SignInParameters,
    /// The parameters of the host's own that it sent.
    pub extras: ExtraParameters,
    /// The only end user who may approve, where the host knows it beforehand.
    pub expected_subject: Option<Subject>,
    /// Where the request came from.
    pub origin: Origin,
    /// The host's own facts.
    pub data: HostData,
    /// When the codes were issued.
    pub issued_at: Timestamp,
    /// How long they live. Default: 600 s.
    pub lifetime: Duration,
    /// The advertised interval in seconds. Default: 5.
    pub interval: u32,
}

impl Issuance {
    /// A grant to `client_id` with the defaults, asking for nothing.
    #[must_use]
    pub fn new(id: GrantId, client_id: impl Into<ClientId>, issued_at: Timestamp) -> Self {
        Self {
            id,
            issuer: Arc::default(),
            user_code: None,
            holder: Holder::new(client_id),
            requested: Access::default(),
            sign_in: SignInParameters::default(),
            extras: ExtraParameters::default(),
            expected_subject: None,
            origin: Origin::default(),
            data: HostData::default(),
            issued_at,
            lifetime: Duration::from_secs(600),
            interval: 5,
        }
    }
}

/// The facts of a grant that never change.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// Derived from the device code; safe to log.
    pub id: GrantId,
    /// The authorization server's issuer identifier.
    pub issuer: Arc<str>,
    /// Under which the user code is found. A grant without one cannot be looked up by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_code: Option<UserCodeDigest>,
    /// Who may poll.
    pub holder: Holder,
    /// What the client asked for.
    pub requested: Access,
    /// What it asked of the end user's sign-in.
    #[serde(default, skip_serializing_if = "SignInParameters::is_empty")]
    pub sign_in: SignInParameters,
    /// The parameters of the host's own that it sent. They come from a stranger.
    #[serde(default, skip_serializing_if = "ExtraParameters::is_empty")]
    pub extras: ExtraParameters,
    /// The only end user who may approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_subject: Option<Subject>,
    /// Where the request came from.
    #[serde(default)]
    pub origin: Origin,
    /// The host's own facts.
    #[serde(default, skip_serializing_if = "HostData::is_empty")]
    pub data: HostData,
    /// When the codes were issued.
    pub issued_at: Timestamp,
    /// From this time on the codes are expired.
    pub expires_at: Timestamp,
    /// The advertised polling interval in seconds; what is enforced is never stricter.
    pub interval: u32,
}

impl Facts {
    pub(super) fn of(issuance: Issuance) -> Self {
        let expires_at = issuance.issued_at + issuance.lifetime;
        Self {
            id: issuance.id,
            issuer: issuance.issuer,
            user_code: issuance.user_code,
            holder: issuance.holder,
            requested: issuance.requested,
            sign_in: issuance.sign_in,
            extras: issuance.extras,
            expected_subject: issuance.expected_subject,
            origin: issuance.origin,
            data: issuance.data,
            issued_at: issuance.issued_at,
            expires_at,
            interval: issuance.interval,
        }
    }

    /// Whether the codes are expired: at `expires_at` they are.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }
}
