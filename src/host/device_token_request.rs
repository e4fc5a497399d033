use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::code::ConfirmationCode;
use crate::grant::{Binding, KeyThumbprint};
use crate::message::{
    ErrorCode, ErrorResponse, GRANT_TYPE, Parameters, PkceVerifier, parameters::invalid_request,
    prefer, resource,
};

/// A poll for the tokens ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)), with the key that the device
/// has proved.
///
/// The device code may be any text: a malformed code and an unknown one get the same answer. `Debug` hides it, and it is
/// wiped when dropped.
///
/// `resource` ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)) may be repeated, and narrows the resources of the tokens. A
/// `scope` is ignored: a poll cannot request more than the device authorization request.
///
/// `confirmation_code`, an extension of this crate, has the six digits that the approving end user was shown. Spaces and
/// hyphens are ignored. A text that cannot be a code is ignored, and does not count as a try.
///
/// ```
/// use device_grant::DeviceTokenRequest;
/// use device_grant::grant::KeyThumbprint;
/// use device_grant::message::ErrorCode;
///
/// let grant_type = ("grant_type", DeviceTokenRequest::GRANT_TYPE);
/// let pairs = [grant_type, ("device_code", "GmRhmhcx"), ("client_id", "tv")];
/// let request = DeviceTokenRequest::from_pairs(pairs)?.with_key(KeyThumbprint::from_bytes([7; 32]));
/// assert_eq!(request.client_id(), Some("tv"));
///
/// let refused = DeviceTokenRequest::from_pairs([("grant_type", "password")]).unwrap_err();
/// assert_eq!(refused.error, ErrorCode::UnsupportedGrantType);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone)]
pub struct DeviceTokenRequest {
    client_id: Option<String>,
    device_code: Zeroizing<String>,
    pub(crate) code_verifier: Option<PkceVerifier>,
    pub(crate) resources: Vec<String>,
    pub(crate) key: Option<KeyThumbprint>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) confirmation_code: Option<ConfirmationCode>,
    pub(crate) wait: Option<Duration>,
}

impl DeviceTokenRequest {
    /// The grant type of this request.
    pub const GRANT_TYPE: &str = GRANT_TYPE;

    /// A request with this device code, for servers without HTTP.
    #[must_use]
    pub fn new(device_code: impl Into<String>) -> Self {
        Self {
            client_id: None,
            device_code: Zeroizing::new(device_code.into()),
            code_verifier: None,
            resources: Vec::new(),
            key: None,
            source: None,
            confirmation_code: None,
            wait: None,
        }
    }

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

    /// Reads a request whose `grant_type` is known.
    ///
    /// # Errors
    ///
    /// As `TryFrom<&Parameters>`, but for the `grant_type`.
    pub(crate) fn of_this_grant(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let client_id = parameters.client_id()?.map(str::to_owned);
        let device_code = parameters.once("device_code")?;
        let device_code = device_code.ok_or_else(|| invalid_request("device_code is missing"))?;
        let verifier = parameters.once("code_verifier")?.map(PkceVerifier::parse);
        // RFC 7636 §4.6: what cannot match is answered as what does not match, and not as a malformed request.
        let code_verifier = verifier.transpose().map_err(|_| ErrorCode::InvalidGrant)?;
        let confirmation_code = parameters.once("confirmation_code")?;
        let mut request = Self {
            client_id,
            code_verifier,
            // A text that is no code counts as none: it must not use up one of the three tries.
            confirmation_code: confirmation_code.and_then(ConfirmationCode::parse),
            ..Self::new(device_code)
        };
        for uri in parameters.all("resource") {
            resource::add(&mut request.resources, uri.to_owned())?;
        }
        Ok(request)
    }

    /// Sets the key that the device has proved to your server.
    #[must_use]
    pub fn with_key(mut self, thumbprint: KeyThumbprint) -> Self {
        self.key = Some(thumbprint);
        self
    }

    /// Sets the address of the poll, for its [events](super::Event::source). Default: unknown.
    #[must_use]
    pub fn with_ip(mut self, ip: IpAddr) -> Self {
        self.source = Some(ip);
        self
    }

    /// Reads `wait=N` from the values of the request's `Prefer` headers
    /// ([RFC 7240 §4.3](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)). The device then prefers to wait for up to N
    /// seconds; [`poll_or_wait`](crate::DeviceGrants::poll_or_wait) does so. Default: the device does not wait.
    ///
    /// The first `wait` counts. It is ignored if it is zero or not a number of seconds. Other preferences are ignored.
    #[must_use]
    pub fn with_prefer<'a>(mut self, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.wait = prefer::wait(values);
        self
    }

    /// Sets `code_verifier`.
    #[cfg(any(feature = "http", feature = "testing"))]
    pub(crate) fn with_code_verifier(mut self, verifier: PkceVerifier) -> Self {
        self.code_verifier = Some(verifier);
        self
    }

    /// Sets `confirmation_code` to the text that the device's user entered. A text that cannot be a code is ignored.
    #[must_use]
    pub fn with_confirmation_code(mut self, entered: &str) -> Self {
        self.confirmation_code = ConfirmationCode::parse(entered);
        self
    }

    /// Returns `client_id` as it was sent; who the client is, its authentication says.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns `device_code`.
    pub(crate) fn device_code(&self) -> &str {
        &self.device_code
    }

    /// Returns what the poll proves, besides the client.
    pub(crate) fn proof(&self) -> Binding {
        Binding {
            key_thumbprint: self.key,
            pkce_challenge: self.code_verifier.as_ref().map(PkceVerifier::challenge),
        }
    }
}

impl TryFrom<&Parameters> for DeviceTokenRequest {
    type Error = ErrorResponse;

    /// Reads the request.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` if a parameter is repeated, or `grant_type` or `device_code` is
    /// missing; `unsupported_grant_type` for any other grant; `invalid_grant` for a `code_verifier`
    /// that no challenge can belong to; `invalid_target` for a malformed `resource`.
    fn try_from(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        match parameters.once("grant_type")? {
            Some(Self::GRANT_TYPE) => Self::of_this_grant(parameters),
            Some(_) => Err(ErrorCode::UnsupportedGrantType.into()),
            None => Err(invalid_request("grant_type is missing")),
        }
    }
}

impl fmt::Debug for DeviceTokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceTokenRequest")
            .field("client_id", &self.client_id)
            .field("code_verifier", &self.code_verifier)
            .field("resources", &self.resources)
            .field("key", &self.key)
            .field("confirmation_code", &self.confirmation_code)
            .finish_non_exhaustive()
    }
}
