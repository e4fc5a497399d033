use std::sync::Arc;
use std::time::Duration;

use super::{Access, Binding, ClientId, HostData, Origin, Subject, Timestamp};
use crate::code::{GrantId, UserCodeDigest};
use crate::message::{ExtraParameters, SignInParameters};

/// The facts of a grant that never change: for policies, issuers, revokers and pages.
///
/// ```
/// use device_grant::grant::Facts;
///
/// /// A line for a host's own log of what it was asked.
/// fn line(grant: &Facts) -> String {
///     format!("{} asks for {:?} since {}", grant.client_id, grant.requested.scope.as_str(), grant.issued_at)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Facts {
    /// The identifier of the grant. It is derived from the device code, and safe to log.
    pub id: GrantId,
    /// The authorization server's issuer identifier.
    pub issuer: Arc<str>,
    /// The client to which the codes were issued.
    pub client_id: ClientId,
    /// The scope, the resources and the authorization details that the client requested.
    pub requested: Access,
    /// The client's requirements and hints for the end user's sign-in.
    pub sign_in: SignInParameters,
    /// The extra parameters that you configured and the client sent. Do not trust their values.
    pub extras: ExtraParameters,
    /// The only end user who may approve; `None` if anybody may.
    pub expected_subject: Option<Subject>,
    /// The origin of the device authorization request.
    pub origin: Origin,
    /// Your own data, set at the device authorization request.
    pub data: HostData,
    /// True if the device has to send a confirmation code, whatever the policy answers at the approval.
    pub needs_confirmation: bool,
    /// The time at which the codes were issued.
    pub issued_at: Timestamp,
    /// The time from which the codes are expired.
    pub expires_at: Timestamp,
    /// Finds the grant by its user code. Without it no person can look the grant up.
    pub(crate) user_code: Option<UserCodeDigest>,
    /// Has to be proven by every poll, besides the client.
    pub(crate) binding: Binding,
    /// The advertised polling interval in seconds; what is enforced is never stricter.
    pub(crate) interval: u32,
}

impl Facts {
    /// A grant to `client_id` that asks for nothing, polled every five seconds.
    pub(crate) fn new(
        id: GrantId,
        client_id: impl Into<ClientId>,
        issued_at: Timestamp,
        lifetime: Duration,
    ) -> Self {
        Self {
            id,
            issuer: Arc::default(),
            client_id: client_id.into(),
            requested: Access::default(),
            sign_in: SignInParameters::default(),
            extras: ExtraParameters::default(),
            expected_subject: None,
            origin: Origin::default(),
            data: HostData::default(),
            needs_confirmation: false,
            issued_at,
            expires_at: issued_at + lifetime,
            user_code: None,
            binding: Binding::default(),
            interval: 5,
        }
    }
}
