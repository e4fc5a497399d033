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
/// say of the sign-in ([`SignInParameters`]), which are bound to the grant from its start. Hosts that do not speak HTTP put one together with the setters; the
/// getters have other names.
///
/// ```
/// use device_grant::message::{DeviceAuthorizationRequest, Scope};
///
/// let pairs = [("client_id", "tv"), ("scope", "openid profile"), ("telemetry", "ignored")];
/// let request = DeviceAuthorizationRequest::from_pairs(pairs)?;
/// assert_eq!(request.client_id(), Some("tv"));
///
/// let same = DeviceAuthorizationRequest::new().scope(Scope::parse("openid profile").unwrap());
/// assert_eq!(request.requested_scope(), same.requested_scope());
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceAuthorizationRequest {
    client_id: Option<String>,
    scope: Option<Scope>,
    resources: Vec<String>,
    authorization_details: Option<Vec<Value>>,
    code_challenge: Option<PkceChallenge>,
    sign_in: SignInParameters,
    extras: ExtraParameters,
}

impl DeviceAuthorizationRequest {
    /// The most resource indicators that are taken.
    pub const MAX_RESOURCES: usize = resource::MAX_COUNT;

    /// Starts from a request that asks for nothing in particular.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the request from the pairs of a decoded form body.
    ///
    /// # Errors
    ///
    /// As [`DeviceAuthorizationRequest::from_parameters`] and [`Parameters::from_pairs`].
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, ErrorResponse>
    where
        K: Into<String>,
        V: Into<String>,
    {
        Self::from_parameters(&Parameters::from_pairs(pairs)?)
    }

    /// Reads the request.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for a repeated parameter, for PKCE other than S256 or for malformed
    /// [`SignInParameters`]; `invalid_scope`, `invalid_target` or `invalid_authorization_details` for a malformed one of
    /// these.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let client_id = parameters.client_id()?;
        let scope = parameters.once("scope")?.map(parse_scope).transpose()?;
        let code_challenge = code_challenge(parameters)?;
        let mut request = Self {
            client_id,
            scope,
            code_challenge,
            sign_in: SignInParameters::from_parameters(parameters)?,
            ..Self::default()
        };
        for uri in parameters.all("resource") {
            request = request.resource(uri)?;
        }
        if let Some(text) = parameters.once("authorization_details")? {
            let details = authorization_details::parse(text)?;
            request.authorization_details = (!details.is_empty()).then_some(details);
        }
        Ok(request)
    }

    /// Sets `scope`.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Adds one `resource`; the same one a second time changes nothing.
    ///
    /// # Errors
    ///
    /// Returns `invalid_target` if it is not an absolute URI without a fragment
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)), or if there are more than
    /// [`DeviceAuthorizationRequest::MAX_RESOURCES`].
    pub fn resource(mut self, uri: impl Into<String>) -> Result<Self, ErrorResponse> {
        resource::add(&mut self.resources, uri.into())?;
        Ok(self)
    }

    /// Sets `authorization_details`; an empty list is none.
    ///
    /// # Errors
    ///
    /// Returns `invalid_authorization_details` if one of them is not an object with a `type` ([RFC
    /// 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2)), or if they are longer than 16
    /// KiB.
    pub fn authorization_details(mut self, details: Vec<Value>) -> Result<Self, ErrorResponse> {
        authorization_details::check(&details)?;
        self.authorization_details = (!details.is_empty()).then_some(details);
        Ok(self)
    }

    /// Sets `code_challenge`; polls then need the verifier.
    #[must_use]
    pub fn code_challenge(mut self, challenge: PkceChallenge) -> Self {
        self.code_challenge = Some(challenge);
        self
    }

    /// Sets what is asked of the sign-in.
    #[must_use]
    pub fn sign_in(mut self, parameters: SignInParameters) -> Self {
        self.sign_in = parameters;
        self
    }

    /// Sets the parameters of the host's own, which are read by [`ExtraParameters::read`].
    #[must_use]
    pub fn extras(mut self, parameters: ExtraParameters) -> Self {
        self.extras = parameters;
        self
    }

    /// Returns `client_id` as it was sent; who the client is, its authentication says.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns `scope`; `None` asks for what the host holds to be the default.
    #[must_use]
    pub fn requested_scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Returns every `resource`, in the order sent and each once.
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// Returns `authorization_details`, which are never empty.
    #[must_use]
    pub fn requested_details(&self) -> Option<&[Value]> {
        self.authorization_details.as_deref()
    }

    /// Returns `code_challenge`.
    #[must_use]
    pub fn challenge(&self) -> Option<PkceChallenge> {
        self.code_challenge
    }

    /// Returns what is asked of the sign-in.
    #[must_use]
    pub fn sign_in_parameters(&self) -> &SignInParameters {
        &self.sign_in
    }

    /// Returns the parameters of the host's own.
    #[must_use]
    pub fn extra_parameters(&self) -> &ExtraParameters {
        &self.extras
    }
}

fn parse_scope(text: &str) -> Result<Scope, ErrorResponse> {
    let invalid = ErrorResponse::new(ErrorCode::InvalidScope);
    Scope::parse(text).map_err(|error| invalid.description(error.to_string()))
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
