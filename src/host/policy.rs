use std::sync::Arc;

use async_trait::async_trait;

use super::visitor::neighbourhood;
use super::{Client, DeviceAuthorizationRequest, PortError, Redemption, Visitor, Warning};
use crate::grant::{Access, Facts, HostData, KeyThumbprint, Narrowing, Origin, Subject, Timestamp};
use crate::message::{ErrorResponse, ExtraParameters, SignInParameters};

/// Your rules on who may sign in which devices. It is asked when a device requests codes, when an end user
/// approves, and before tokens are issued.
///
/// A policy can only restrict: it cannot grant what was not requested, nor approve for the end user.
///
/// ```
/// use device_grant::host::{
///     ApprovalContext, AuthorizationContext, Policy, PortError, Redemption, Ruling, async_trait,
/// };
/// use device_grant::message::{ErrorResponse, SignInParameters};
///
/// /// Administrators sign in no television, and nothing else without a second factor.
/// struct Administrators;
///
/// #[async_trait]
/// impl Policy for Administrators {
///     async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
///         Ok(Ruling::Allow)
///     }
///
///     async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
///         let client = context.grant.client_id.as_str();
///         Ok(match (context.visitor.subject().as_str(), client) {
///             ("admin", "tv") => Ruling::Refuse(ErrorResponse::access_denied()),
///             ("admin", _) if context.acr != Some("mfa") => Ruling::StepUp(SignInParameters::acr(["mfa"])),
///             _ => Ruling::Allow,
///         })
///     }
///
///     async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
///         Ok(Ruling::Allow)
///     }
/// }
/// # fn takes(_: impl Policy) {}
/// # takes(Administrators);
/// ```
#[async_trait]
pub trait Policy: Send + Sync {
    /// Decides about a device authorization request. [`Ruling::StepUp`] and [`Ruling::Warn`] count as a
    /// refusal here, because no end user is there yet.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the policy cannot decide; then no code is issued.
    async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError>;

    /// Decides about an approval. The context has the device's origin and the visitor.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the policy cannot decide; then the grant stays pending.
    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError>;

    /// Decides about the issuing of tokens. [`Ruling::StepUp`], [`Ruling::Warn`] and [`Ruling::Confirm`] count as a refusal
    /// here, because the end user has left.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the policy cannot decide; then the approval stays for a later poll.
    async fn at_redemption(&self, redemption: &Redemption) -> Result<Ruling, PortError>;
}

#[async_trait]
impl<P: Policy + ?Sized> Policy for Arc<P> {
    async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError> {
        (**self).at_authorization(context).await
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        (**self).at_approval(context).await
    }

    async fn at_redemption(&self, redemption: &Redemption) -> Result<Ruling, PortError> {
        (**self).at_redemption(redemption).await
    }
}

/// The answer of a policy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ruling {
    /// Allows the operation.
    Allow,
    /// Allows the operation with at most this access. Parts that the narrowing does not name stay unchanged, and access that
    /// was not requested is ignored.
    ///
    /// A narrowing that leaves nothing of a requested part is a refusal: `invalid_scope`, `invalid_target` or
    /// `invalid_authorization_details` at the authorization, [`DecisionError::NothingLeft`](crate::device_grants::DecisionError)
    /// at the approval, `access_denied` at the redemption.
    Narrow(Narrowing),
    /// Allows the approval after the end user has signed in as this requires: by `acr_values`, `max_age` or both. At the next
    /// approval, check the sign-in in the [context](ApprovalContext::acr).
    ///
    /// The other parameters are taken from the grant: [`DecisionError::StepUp`](crate::DecisionError)
    /// has the device's `login_hint`, for your login form.
    StepUp(SignInParameters),
    /// Allows the approval after the end user has read this and approves [despite](crate::Approval::despite) it.
    Warn(Warning),
    /// Allows the operation, but the device gets tokens only after it has sent the
    /// [confirmation code](crate::code::ConfirmationCode) that the approving end user is shown.
    ///
    /// At the authorization, it requires the code whatever the policy answers at the approval. At the redemption it counts as a
    /// refusal.
    Confirm,
    /// Refuses the operation with this error. At the authorization and the redemption the device gets it, as with
    /// [`IssueError::Refused`](super::IssueError). At the approval your page gets it, in
    /// [`DecisionError::Forbidden`](crate::DecisionError).
    Refuse(ErrorResponse),
}

/// The context of [`Policy::at_authorization`]: a device authorization request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AuthorizationContext<'a> {
    /// The client that sent the request.
    pub client: &'a Client,
    /// The requested access.
    pub requested: &'a Access,
    /// The origin of the request.
    pub origin: &'a Origin,
    /// The client's requirements for the end user's sign-in.
    pub sign_in: &'a SignInParameters,
    /// The extra parameters that you configured and the client sent.
    pub extras: &'a ExtraParameters,
    /// The key to which the grant will be bound, if the device proved one.
    pub key: Option<KeyThumbprint>,
    /// True if the request has a PKCE challenge.
    pub has_code_challenge: bool,
    /// The only end user who may approve, if set.
    pub expected_subject: Option<&'a Subject>,
    /// Your data for the grant.
    pub data: &'a HostData,
}

/// The context of [`Policy::at_approval`]: an approval.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ApprovalContext<'a> {
    /// The grant: its [client](Facts::client_id), the requested access, origin and time, and
    /// the client's [requirements for the sign-in](Facts::sign_in). `max_age` and supported `acr_values` are enforced
    /// without a policy, too.
    pub grant: &'a Facts,
    /// The visitor who approves, with their address and place.
    pub visitor: &'a Visitor,
    /// The access that the visitor grants.
    pub access: &'a Access,
    /// The authentication context class of the sign-in, if the [approval](crate::Approval::acr) states it.
    pub acr: Option<&'a str>,
    /// The methods of the sign-in, if the [approval](crate::Approval::amr) states them.
    pub amr: &'a [String],
    /// The time of the sign-in, if the [approval](crate::Approval::auth_time) states it.
    pub auth_time: Option<Timestamp>,
    /// The data of the [approval](crate::Approval::data), with the choices made on the page.
    pub data: &'a HostData,
}

impl<'a> AuthorizationContext<'a> {
    pub(crate) fn new(
        client: &'a Client,
        requested: &'a Access,
        request: &'a DeviceAuthorizationRequest,
    ) -> Self {
        Self {
            client,
            requested,
            origin: &request.origin,
            sign_in: &request.sign_in,
            extras: &request.extras,
            key: request.key,
            has_code_challenge: request.code_challenge.is_some(),
            expected_subject: request.expected_subject.as_ref(),
            data: &request.data,
        }
    }
}

impl<'a> ApprovalContext<'a> {
    /// Returns true if device and visitor are in the same country, and `None` if one of the places is unknown
    /// ([`Origin::with_place`], [`Visitor::with_place`]).
    #[must_use]
    pub fn is_same_country(&self) -> Option<bool> {
        let (device, visitor) = (self.grant.origin.place, self.visitor.place);
        device.is_in_country_of(&visitor)
    }

    /// Returns true if device and visitor are in the same network: their addresses are in the same IPv4 /24 or IPv6 /48, or
    /// their places have the same [autonomous system](crate::grant::Place::with_autonomous_system). Returns `None` if neither
    /// can be compared, for instance because one uses IPv4 and the other IPv6, even in the same room.
    #[must_use]
    pub fn is_same_network(&self) -> Option<bool> {
        let addresses = self.grant.origin.ip.zip(self.visitor.ip());
        let addresses =
            addresses.map(|(device, visitor)| (neighbourhood(device), neighbourhood(visitor)));
        // Before the systems: equal addresses are proof, whatever a database of addresses says.
        if addresses.is_some_and(|(device, visitor)| device == visitor) {
            return Some(true);
        }
        let (device, visitor) = (self.grant.origin.place, self.visitor.place);
        let systems = device.autonomous_system().zip(visitor.autonomous_system());
        match (systems, addresses) {
            (Some((device, visitor)), _) => Some(device == visitor),
            // Of two families nothing follows: one household uses both at the same time.
            (None, Some((device, visitor))) if device.is_ipv4() == visitor.is_ipv4() => Some(false),
            (None, _) => None,
        }
    }

    /// An approval that says nothing of the sign-in.
    pub(crate) fn new(
        grant: &'a Facts,
        visitor: &'a Visitor,
        access: &'a Access,
        data: &'a HostData,
    ) -> Self {
        Self {
            grant,
            visitor,
            access,
            data,
            acr: None,
            amr: &[],
            auth_time: None,
        }
    }
}
