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
/// Identifier and secret are form-encoded, each on its own, before they are joined by a colon and encoded as base64.
/// Many clients leave the first step out, `curl -u` among them: this server then reads a `+` in the secret as a
/// space, and refuses a `%` that begins no escape. It does not try both readings, for then a wrong secret
/// could be a right one. Give out secrets of letters, digits, `-`, `.`, `_` and `~`, which are the same with and without
/// that step, such as base64url.
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
    /// The endpoint at which they are presented. Default: the token endpoint.
    pub endpoint: Endpoint,
    pub(super) secret: Option<Zeroizing<String>>,
}

impl ClientCredentials {
    /// Starts with an identifier and nothing else, as a public client sends it.
    #[must_use]
    pub fn new(client_id: impl Into<ClientId>) -> Self {
        Self {
            client_id: client_id.into(),
            endpoint: Endpoint::Token,
            secret: None,
        }
    }

    /// Adds a secret; an empty one is none.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = (!secret.is_empty()).then(|| Zeroizing::new(secret.to_owned()));
        self
    }

    /// Returns the secret, which is never empty, to be compared in constant time.
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

/// An endpoint that clients authenticate at.
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
