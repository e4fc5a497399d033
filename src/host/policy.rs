use std::sync::Arc;

use async_trait::async_trait;

use super::visitor::neighbourhood;
use super::{Client, DeviceAuthorizationRequest, PortError, Redemption, Visitor, Warning};
use crate::grant::{Access, Facts, HostData, KeyThumbprint, Narrowing, Origin, Subject, Timestamp};
use crate::message::{ErrorResponse, ExtraParameters, SignInParameters};

/// The host's rules on who may sign in which devices: asked when a device asks, when an end user
/// approves, and when tokens are about to be issued.
///
/// A policy only takes away. Whatever it answers, nothing is granted that was not requested, and nothing is
/// approved but by the end user.
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
    /// Decides about a device authorization request. [`Ruling::StepUp`] and [`Ruling::Warn`] make no sense here and count as a
    /// refusal.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the policy cannot tell; then no code is issued.
    async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError>;

    /// Decides about an approval. The context has the device's origin beside the visitor.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the policy cannot tell; then the grant stays undecided.
    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError>;

    /// Decides about the issuing of tokens. [`Ruling::StepUp`], [`Ruling::Warn`] and [`Ruling::Confirm`] make no sense
    /// here and count as a refusal.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the policy cannot tell; then the approval stays for a later poll.
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

/// A policy's answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ruling {
    /// Allows it.
    Allow,
    /// Allows it, with no more than this. A part that the narrowing does not name stays as it is, and what was not asked for is
    /// left out of it.
    ///
    /// A narrowing that leaves nothing of a part that was asked for is a refusal: `invalid_scope`, `invalid_target` or
    /// `invalid_authorization_details` at the authorization, [`DecisionError::NothingLeft`](crate::device_grants::DecisionError)
    /// at the approval, `access_denied` at the redemption.
    Narrow(Narrowing),
    /// Allows it after the end user has signed in as this demands: by `acr_values`, `max_age` or both. The
    /// [context](ApprovalContext::acr) of the next approval says whether they have.
    ///
    /// The other parameters are the grant's own, whatever a policy says: [`DecisionError::StepUp`](crate::DecisionError)
    /// has the device's `login_hint`, for the host's login form.
    StepUp(SignInParameters),
    /// Allows it after the end user has read this and approves [all the same](crate::Approval::despite).
    Warn(Warning),
    /// Allows it, and the device gets tokens only after it has sent the
    /// [confirmation code](crate::code::ConfirmationCode) that the approving end user is shown.
    ///
    /// At the authorization it holds for whatever the policy says at the approval. At the redemption it makes no sense
    /// and counts as a refusal.
    Confirm,
    /// Refuses it with this error. At the authorization and the redemption the device is told it, as of
    /// [`IssueError::Refused`](super::IssueError); at the approval it is the host's, in
    /// [`DecisionError::Forbidden`](crate::DecisionError).
    Refuse(ErrorResponse),
}

/// A device authorization request, as a policy sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AuthorizationContext<'a> {
    /// The client that asks.
    pub client: &'a Client,
    /// The access that the client asks for.
    pub requested: &'a Access,
    /// From where.
    pub origin: &'a Origin,
    /// The demands of the client on the end user's sign-in.
    pub sign_in: &'a SignInParameters,
    /// The parameters of the host's own that it sent.
    pub extras: &'a ExtraParameters,
    /// The key that the grant will be bound to, if the host saw the device prove one.
    pub key: Option<KeyThumbprint>,
    /// True if it sent a PKCE challenge.
    pub has_code_challenge: bool,
    /// The end user whose device it is, if the host knows.
    pub expected_subject: Option<&'a Subject>,
    /// The data that the host keeps with the grant.
    pub data: &'a HostData,
}

/// An approval, as a policy sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ApprovalContext<'a> {
    /// The grant: its [client](Facts::client_id), what was requested, where it came from and when, and
    /// what the client [asked of the sign-in](Facts::sign_in). `max_age` and supported `acr_values` are enforced
    /// whether or not there is a policy.
    pub grant: &'a Facts,
    /// The visitor who approves, with their address and place.
    pub visitor: &'a Visitor,
    /// The access that they grant.
    pub access: &'a Access,
    /// The authentication context class that their sign-in met, if the [approval](crate::Approval::acr) says so.
    pub acr: Option<&'a str>,
    /// The methods by which they signed in, if the [approval](crate::Approval::amr) says so.
    pub amr: &'a [String],
    /// The time at which they signed in, if the [approval](crate::Approval::auth_time) says so.
    pub auth_time: Option<Timestamp>,
    /// The data of the [approval](crate::Approval::data), with what was chosen on the page.
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
    /// Returns whether device and visitor are in one country, if the host said
    /// where both are ([`Origin::with_place`], [`Visitor::with_place`]).
    #[must_use]
    pub fn is_same_country(&self) -> Option<bool> {
        let (device, visitor) = (self.grant.origin.place, self.visitor.place);
        device.is_in_country_of(&visitor)
    }

    /// Returns whether device and visitor are in one network: their addresses are neighbours (an IPv4 /24, an IPv6 /48), or
    /// the host said that both are in the same
    /// [autonomous system](crate::grant::Place::with_autonomous_system). `None` if neither can be compared: one
    /// may have come by IPv4 and the other by IPv6, from the same room.
    #[must_use]
    pub fn is_same_network(&self) -> Option<bool> {
        let addresses = self.grant.origin.ip.zip(self.visitor.ip());
        let addresses =
            addresses.map(|(device, visitor)| (neighbourhood(device), neighbourhood(visitor)));
        if addresses.is_some_and(|(device, visitor)| device == visitor) {
            return Some(true);
        }
        let (device, visitor) = (self.grant.origin.place, self.visitor.place);
        let systems = device.autonomous_system().zip(visitor.autonomous_system());
        match (systems, addresses) {
            (Some((device, visitor)), _) => Some(device == visitor),
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
