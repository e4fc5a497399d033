use serde_json::Value;

use crate::message::{
    ErrorCode, ErrorResponse, ExtraParameters, Parameters, PkceChallenge, Scope, SignInParameters,
    authorization_details, parameters::invalid_request, resource,
};

/// Asks for a device code and a user code
/// ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).
///
/// Beside `client_id` and `scope` it takes `resource` ([RFC
/// 8707](https://www.rfc-editor.org/rfc/rfc8707)), `authorization_details` ([RFC
/// 9396](https://www.rfc-editor.org/rfc/rfc9396)), a PKCE challenge, and what OpenID Connect has to
/// say of the sign-in ([`SignInParameters`]), which are bound to the grant from its start. Hosts that do not speak HTTP name the same pairs.
///
/// ```
/// use device_grant::message::{DeviceAuthorizationRequest, ErrorCode};
///
/// let pairs = [("client_id", "tv"), ("scope", "openid profile"), ("telemetry", "ignored")];
/// let request = DeviceAuthorizationRequest::from_pairs(pairs)?;
/// assert_eq!(request.client_id(), Some("tv"));
///
/// let malformed = DeviceAuthorizationRequest::from_pairs([("scope", "openid  profile")]).unwrap_err();
/// assert_eq!(malformed.error(), ErrorCode::InvalidScope);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceAuthorizationRequest {
    client_id: Option<String>,
    scope: Option<Scope>,
    resources: Vec<String>,
    authorization_details: Option<Vec<Value>>,
    pub(crate) code_challenge: Option<PkceChallenge>,
    sign_in: SignInParameters,
    extra_parameters: ExtraParameters,
}

impl DeviceAuthorizationRequest {
    /// The most resource indicators that are taken.
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

    /// Sets the parameters of the host's own, which are read by [`ExtraParameters::read`].
    #[must_use]
    pub fn with_extra_parameters(mut self, parameters: ExtraParameters) -> Self {
        self.extra_parameters = parameters;
        self
    }

    /// Returns `client_id` as it was sent; who the client is, its authentication says.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns `scope`; `None` asks for what the host holds to be the default.
    pub(crate) fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Returns every `resource`, in the order sent and each once.
    pub(crate) fn resources(&self) -> &[String] {
        &self.resources
    }

    /// Returns `authorization_details`, which are never empty.
    pub(crate) fn authorization_details(&self) -> Option<&[Value]> {
        self.authorization_details.as_deref()
    }

    /// Returns what is asked of the sign-in.
    pub(crate) fn sign_in(&self) -> &SignInParameters {
        &self.sign_in
    }

    /// Returns the parameters of the host's own.
    pub(crate) fn extra_parameters(&self) -> &ExtraParameters {
        &self.extra_parameters
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
            client_id: parameters.client_id()?,
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
