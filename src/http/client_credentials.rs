use std::fmt;

use zeroize::Zeroizing;

use crate::grant::ClientId;

/// What a client presents to be known by: its identifier, and its secret if it has one.
///
/// A secret that is empty counts as none, in Basic as in the body: clients without a secret send either.
///
/// ```
/// use device_grant::http::{ClientAuthentication, ClientCredentials, Endpoint};
///
/// let credentials = ClientCredentials::basic("box", "box-secret").at(Endpoint::Token);
/// assert_eq!(credentials.client_id().as_str(), "box");
/// assert_eq!(credentials.secret().map(|secret| secret.expose()), Some("box-secret"));
/// assert!(!format!("{credentials:?}").contains("box-secret"));
///
/// let public = ClientCredentials::basic("tv", "");
/// assert!(matches!(public.method(), ClientAuthentication::None));
/// ```
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    client_id: ClientId,
    method: ClientAuthentication,
    endpoint: Endpoint,
}

impl ClientCredentials {
    /// An identifier and nothing else, as a public client sends it.
    #[must_use]
    pub fn none(client_id: impl Into<ClientId>) -> Self {
        Self::new(client_id.into(), ClientAuthentication::None)
    }

    /// Identifier and secret from an `Authorization: Basic` header.
    #[must_use]
    pub fn basic(client_id: impl Into<ClientId>, secret: impl Into<String>) -> Self {
        Self::new(
            client_id.into(),
            ClientAuthentication::Basic {
                secret: ClientSecret::new(secret),
            },
        )
    }

    /// Identifier and secret from the body.
    #[must_use]
    pub fn post(client_id: impl Into<ClientId>, secret: impl Into<String>) -> Self {
        Self::new(
            client_id.into(),
            ClientAuthentication::Post {
                secret: ClientSecret::new(secret),
            },
        )
    }

    /// Presented at this endpoint. Default: the token endpoint.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// The identifier: 1 to 2048 printable ASCII characters, if it came over HTTP.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// How the client authenticates.
    #[must_use]
    pub fn method(&self) -> &ClientAuthentication {
        &self.method
    }

    /// The secret, which is never empty.
    #[must_use]
    pub fn secret(&self) -> Option<&ClientSecret> {
        match &self.method {
            ClientAuthentication::None => None,
            ClientAuthentication::Basic { secret } | ClientAuthentication::Post { secret } => {
                Some(secret)
            }
        }
    }

    /// Where they are presented.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    fn new(client_id: ClientId, method: ClientAuthentication) -> Self {
        let has_empty_secret = match &method {
            ClientAuthentication::None => false,
            ClientAuthentication::Basic { secret } | ClientAuthentication::Post { secret } => {
                secret.0.is_empty()
            }
        };
        Self {
            client_id,
            method: if has_empty_secret {
                ClientAuthentication::None
            } else {
                method
            },
            endpoint: Endpoint::Token,
        }
    }
}

/// How a client authenticates ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
///
/// ```
/// use device_grant::http::{ClientAuthentication, ClientCredentials};
///
/// let credentials = ClientCredentials::post("box", "box-secret");
/// assert!(matches!(credentials.method(), ClientAuthentication::Post { .. }));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// It does not.
    None,
    /// With a secret in the `Authorization` header: `client_secret_basic`.
    ///
    /// Identifier and secret are form-encoded, each on its own, before they are joined by a colon and encoded as base64.
    /// Many clients leave the first step out, `curl -u` among them: this server then reads a `+` in the secret as a
    /// space, and refuses a `%` that begins no escape. It does not try both readings, for then a wrong secret
    /// could be a right one. Give out secrets of letters, digits, `-`, `.`, `_` and `~`, which are the same with and without
    /// that step, such as base64url.
    Basic {
        /// The secret.
        secret: ClientSecret,
    },
    /// With a secret in the body: `client_secret_post`.
    Post {
        /// The secret.
        secret: ClientSecret,
    },
}

/// The secret of a client. `Debug` hides it, and it is wiped when dropped.
///
/// ```
/// use device_grant::http::ClientSecret;
///
/// let secret = ClientSecret::new("box-secret");
/// assert_eq!(secret.expose(), "box-secret");
/// assert_eq!(format!("{secret:?}"), "ClientSecret(..)");
/// ```
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// Takes the secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret itself, to be compared in constant time.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// An endpoint that clients authenticate at.
///
/// ```
/// use device_grant::http::{ClientCredentials, Endpoint};
///
/// let credentials = ClientCredentials::none("tv").at(Endpoint::DeviceAuthorization);
/// assert_eq!(credentials.endpoint(), Endpoint::DeviceAuthorization);
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
