use serde_json::Value;

use crate::grant::{HostData, KeyThumbprint, Origin, Subject};
use crate::message::{
    ErrorCode, ErrorResponse, ExtraParameters, Parameters, PkceChallenge, Scope, SignInParameters,
    authorization_details, parameters::invalid_request, resource,
};

/// A request for a device code and a user code
/// ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)), with what your server knows besides its parameters.
///
/// In addition to `client_id` and `scope` it has `resource` ([RFC
/// 8707](https://www.rfc-editor.org/rfc/rfc8707)), `authorization_details` ([RFC
/// 9396](https://www.rfc-editor.org/rfc/rfc9396)), a PKCE challenge, and the parameters of OpenID
/// Connect about the sign-in ([`SignInParameters`]). Without HTTP, pass the same pairs to
/// [`from_pairs`](Self::from_pairs).
///
/// ```
/// use device_grant::DeviceAuthorizationRequest;
/// use device_grant::grant::Origin;
/// use device_grant::message::ErrorCode;
///
/// let pairs = [("client_id", "tv"), ("scope", "openid profile"), ("telemetry", "ignored")];
/// let request = DeviceAuthorizationRequest::from_pairs(pairs)?
///     .with_origin(Origin::new().with_ip([203, 0, 113, 7].into()))
///     .with_expected_subject("alice");
/// assert_eq!(request.client_id(), Some("tv"));
///
/// let malformed = DeviceAuthorizationRequest::from_pairs([("scope", "openid  profile")]).unwrap_err();
/// assert_eq!(malformed.error, ErrorCode::InvalidScope);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceAuthorizationRequest {
    client_id: Option<String>,
    pub(crate) scope: Option<Scope>,
    pub(crate) resources: Vec<String>,
    pub(crate) authorization_details: Option<Vec<Value>>,
    pub(crate) code_challenge: Option<PkceChallenge>,
    pub(crate) sign_in: SignInParameters,
    pub(crate) extras: ExtraParameters,
    pub(crate) origin: Origin,
    pub(crate) key: Option<KeyThumbprint>,
    pub(crate) expected_subject: Option<Subject>,
    pub(crate) data: HostData,
}

impl DeviceAuthorizationRequest {
    /// The largest number of resource indicators in a request.
    pub const MAX_RESOURCES: usize = resource::MAX_COUNT;

    /// Reads the request from the pairs of a decoded form body.
    ///
    /// # Errors
    ///
    /// As `TryFrom<&Parameters>` and [`Parameters::from_pairs`].
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, ErrorResponse>
    where
        K: Into<String>,
        V: Into<String>,
    {
        Self::try_from(&Parameters::from_pairs(pairs)?)
    }

    /// Sets your own parameters of the request, from [`ExtraParameters::read`].
    #[must_use]
    pub fn with_extra_parameters(mut self, parameters: ExtraParameters) -> Self {
        self.extras = parameters;
        self
    }

    /// Sets the origin of the request. Its address counts for the limit on new codes, and the review shows it. Default:
    /// unknown.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Binds the grant to a key that the device has proved to your server.
    #[must_use]
    pub fn with_key(mut self, thumbprint: KeyThumbprint) -> Self {
        self.key = Some(thumbprint);
        self
    }

    /// Allows only this end user to approve, because your server knows whose device it is.
    #[must_use]
    pub fn with_expected_subject(mut self, subject: impl Into<Subject>) -> Self {
        self.expected_subject = Some(subject.into());
        self
    }

    /// Sets your own data, which every later step gets with the grant.
    #[must_use]
    pub fn with_data(mut self, data: HostData) -> Self {
        self.data = data;
        self
    }

    /// Returns `client_id` as it was sent, unauthenticated.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }
}

impl TryFrom<&Parameters> for DeviceAuthorizationRequest {
    type Error = ErrorResponse;

    /// Reads the request.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for a repeated parameter, for PKCE other than S256 or for malformed
    /// [`SignInParameters`]; `invalid_scope`, `invalid_target` or `invalid_authorization_details` for a malformed one of
    /// these. A resource is an absolute URI without a fragment ([RFC 8707
    /// §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)), an authorization detail an object with a `type` ([RFC 9396
    /// §2](https://www.rfc-editor.org/rfc/rfc9396#section-2)); details have 16 KiB at most.
    fn try_from(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let mut request = Self {
            client_id: parameters.client_id()?.map(str::to_owned),
            scope: parameters.once("scope")?.map(parse_scope).transpose()?,
            code_challenge: code_challenge(parameters)?,
            sign_in: SignInParameters::try_from(parameters)?,
            ..Self::default()
        };
        for uri in parameters.all("resource") {
            resource::add(&mut request.resources, uri.to_owned())?;
        }
        if let Some(text) = parameters.once("authorization_details")? {
            let details = authorization_details::parse(text)?;
            request.authorization_details = (!details.is_empty()).then_some(details);
        }
        Ok(request)
    }
}

fn parse_scope(text: &str) -> Result<Scope, ErrorResponse> {
    let invalid = ErrorResponse::new(ErrorCode::InvalidScope);
    Scope::parse(text).map_err(|error| invalid.with_description(error.to_string()))
}

/// An absent method means `plain` in RFC 7636, which is why it is refused and not taken for S256.
fn code_challenge(parameters: &Parameters) -> Result<Option<PkceChallenge>, ErrorResponse> {
    let method = parameters.once("code_challenge_method")?;
    match (parameters.once("code_challenge")?, method) {
        (None, None) => Ok(None),
        // Not ignored: the client believes that its code is bound.
        (None, Some(_)) => Err(invalid_request("code_challenge is missing")),
        (Some(challenge), Some(PkceChallenge::METHOD)) => {
            let challenge = PkceChallenge::parse(challenge);
            challenge
                .map(Some)
                .map_err(|error| invalid_request(error.to_string()))
        }
        (Some(_), Some(_) | None) => Err(invalid_request("code_challenge_method must be S256")),
    }
}
