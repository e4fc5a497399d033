use std::fmt;

use zeroize::Zeroizing;

use crate::grant::ClientId;

/// The credentials that a client presents: its identifier, and its secret if it has one.
///
/// A secret comes in an `Authorization: Basic` header or in the body
/// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)). An empty one counts as none: clients without
/// a secret send either. `Debug` hides it, and it is wiped when dropped.
///
/// # Basic
///
/// A client form-encodes identifier and secret separately, joins them by a colon, and encodes the result as base64.
/// Many clients, such as `curl -u`, leave the first step out. This server then reads a `+` in the secret as a
/// space, and refuses a `%` that does not begin an escape. It does not try both readings, because a wrong secret
/// could then be accepted. Use secrets of letters, digits, `-`, `.`, `_` and `~`, such as base64url, which are the same with
/// and without that step.
///
/// ```
/// use device_grant::http::ClientCredentials;
///
/// let credentials = ClientCredentials::new("box").with_secret("box-secret");
/// assert_eq!(credentials.client_id.as_str(), "box");
/// assert_eq!(credentials.secret(), Some("box-secret"));
/// assert!(!format!("{credentials:?}").contains("box-secret"));
///
/// let public = ClientCredentials::new("tv").with_secret("");
/// assert_eq!(public.secret(), None);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ClientCredentials {
    /// The identifier: 1 to 2048 printable ASCII characters, if it came over HTTP.
    pub client_id: ClientId,
    /// The endpoint at which the client presents them. Default: the token endpoint.
    pub endpoint: Endpoint,
    pub(super) secret: Option<Zeroizing<String>>,
}

impl ClientCredentials {
    /// Credentials with only an identifier, as a public client sends them.
    #[must_use]
    pub fn new(client_id: impl Into<ClientId>) -> Self {
        Self {
            client_id: client_id.into(),
            endpoint: Endpoint::Token,
            secret: None,
        }
    }

    /// Sets the secret; an empty one counts as none.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = (!secret.is_empty()).then(|| Zeroizing::new(secret.to_owned()));
        self
    }

    /// Returns the secret, which is never empty. Compare it in constant time.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(|secret| secret.as_str())
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("client_id", &self.client_id)
            .field("endpoint", &self.endpoint)
            .field("secret", &self.secret.is_some())
            .finish()
    }
}

/// An endpoint at which clients authenticate.
///
/// ```
/// use device_grant::http::{ClientCredentials, Endpoint};
///
/// let mut credentials = ClientCredentials::new("tv");
/// credentials.endpoint = Endpoint::DeviceAuthorization;
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Endpoint {
    /// The device authorization endpoint ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).
    DeviceAuthorization,
    /// The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
    Token,
    /// The revocation endpoint ([RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2)).
    Revocation,
}
