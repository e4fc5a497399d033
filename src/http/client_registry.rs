use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{ClientCredentials, ClientDirectory, Endpoint};
use crate::grant::ClientId;
use crate::host::Client;
use crate::host::PortError;

/// A ready-made [`ClientDirectory`] for clients that your server knows when it starts.
///
/// It keeps the SHA-256 digests of secrets and compares them in constant time. An unknown client takes as long as a
/// wrong secret. It accepts Basic and post. It does not limit guesses: use random secrets, not chosen ones.
///
/// ```
/// use device_grant::host::{Client, Terms};
/// use device_grant::http::ClientRegistry;
///
/// let terms = Terms::new("openid profile".parse()?);
/// let clients = ClientRegistry::new()
///     .public(Client::new("tv").device_grant(terms.clone()))
///     .confidential(Client::new("box").device_grant(terms), "gX9hM0Vv2mYw7J1rTq5sKc");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ClientRegistry {
    clients: HashMap<ClientId, Registered>,
}

#[derive(Clone)]
struct Registered {
    client: Client,
    secret: Option<SecretDigest>,
    may_start_unauthenticated: bool,
}

impl ClientRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a client without a secret. It replaces a client with the same identifier.
    pub fn public(self, client: Client) -> Self {
        self.register(client, None)
    }

    /// Registers a client with a secret. It replaces a client with the same identifier. With an empty secret it can
    /// never authenticate.
    pub fn confidential(self, client: Client, secret: &str) -> Self {
        self.register(client, Some(SecretDigest::of(secret)))
    }

    /// Allows a confidential client that is registered already to request codes without its secret, which it still needs for
    /// polling. Some client libraries do not authenticate at the device authorization endpoint, although
    /// [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1) requires it. Default: such requests are refused.
    pub fn unauthenticated_start(mut self, client_id: &str) -> Self {
        if let Some(registered) = self.clients.get_mut(&ClientId::from(client_id)) {
            registered.may_start_unauthenticated = true;
        }
        self
    }

    fn register(mut self, client: Client, secret: Option<SecretDigest>) -> Self {
        let registered = Registered {
            secret,
            may_start_unauthenticated: false,
            client,
        };
        self.clients
            .insert(registered.client.id.clone(), registered);
        self
    }
}

#[async_trait]
impl ClientDirectory for ClientRegistry {
    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
    ) -> Result<Option<Client>, PortError> {
        let registered = self.clients.get(&credentials.client_id);
        let held = registered.and_then(|registered| registered.secret.as_ref());
        let presented = credentials.secret();
        // Always hashed and compared: the time must not tell an unknown client from a wrong secret.
        let held_or_none = held.unwrap_or(&SecretDigest::NONE);
        let is_equal =
            presented.is_some_and(|secret| SecretDigest::of(secret).is_equal(held_or_none));
        let Some(registered) = registered else {
            return Ok(None);
        };
        let is_authentic = match (held, presented) {
            (None, None) => true,
            // With a secret, a client counts as authenticated. A stranger who sent any secret would get the codes that are
            // reserved for authenticated clients.
            (None, Some(_)) => false,
            (Some(_), None) => {
                registered.may_start_unauthenticated
                    && credentials.endpoint == Endpoint::DeviceAuthorization
            }
            (Some(_), Some(_)) => is_equal,
        };
        Ok(is_authentic.then(|| registered.client.clone()))
    }
}

impl fmt::Debug for ClientRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.clients.keys()).finish()
    }
}

#[derive(Clone)]
struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of no secret.
    const NONE: Self = Self([0; 32]);

    fn of(secret: &str) -> Self {
        // Neither salted nor slow: these secrets are random, and each request hashes one.
        let digest = Sha256::new_with_prefix(b"device-grant client secret v1\0")
            .chain_update(secret)
            .finalize();
        Self(digest.into())
    }

    fn is_equal(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
