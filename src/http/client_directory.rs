use std::sync::Arc;

use async_trait::async_trait;

use super::ClientCredentials;
use crate::host::{Client, PortError};

/// Looks up and authenticates the clients of your server.
///
/// # Contract
///
/// 1. A client with a secret is authenticated only by its secret
///    ([RFC 6749 §3.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1)). *Broken: its public identifier is enough to
///    poll in its name.*
/// 2. A client without a secret is identified by credentials without a secret, and fails if it presents one. *Broken: a flood
///    in its name uses up the codes that are reserved for clients with a secret.*
/// 3. Basic and post are both accepted, whatever method was registered, because real clients use either.
/// 4. An unknown client and a wrong secret both return `None`, at about the same cost, and
///    secrets are compared in constant time. *Broken: strangers learn which clients exist, or the secret itself.*
/// 5. Guesses at secrets that people chose are limited. Secrets with 256 random bits need no limit. *Broken: strangers guess a
///    secret.*
///
/// [`ClientRegistry`](super::ClientRegistry) keeps clauses 1 to 4.
///
/// ```
/// use async_trait::async_trait;
/// use device_grant::host::{Client, PortError, Terms};
/// use device_grant::http::{ClientCredentials, ClientDirectory};
/// # struct Row { verifier: Option<String>, scope: String }
/// # struct Database;
/// # impl Database {
/// #     async fn client(&self, _: &str) -> Result<Option<Row>, std::io::Error> { Ok(None) }
/// # }
/// # fn verify(_: &str, _: &str) -> bool { false }
///
/// #[async_trait]
/// impl ClientDirectory for Database {
///     async fn authenticate(&self, credentials: &ClientCredentials) -> Result<Option<Client>, PortError> {
///         let row = self.client(credentials.client_id.as_str()).await;
///         let Some(row) = row.map_err(PortError::unavailable)? else {
///             return Ok(None);
///         };
///         match (&row.verifier, credentials.secret()) {
///             (None, None) => {}
///             (Some(verifier), Some(secret)) if verify(verifier, secret) => {}
///             _ => return Ok(None),
///         }
///         let scope = row.scope.parse().map_err(PortError::broken)?;
///         Ok(Some(Client::new(credentials.client_id.clone()).device_grant(Terms::new(scope))))
///     }
/// }
/// ```
#[async_trait]
pub trait ClientDirectory: Send + Sync {
    /// Returns the client. Returns `None` if there is no such client, or it did not authenticate as it has to; the client then
    /// gets `invalid_client`.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the directory fails. The client then gets `temporarily_unavailable` if it is
    /// [retryable](PortError::is_retryable), and `server_error` otherwise.
    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
    ) -> Result<Option<Client>, PortError>;
}

#[async_trait]
impl<D: ClientDirectory + ?Sized> ClientDirectory for Arc<D> {
    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
    ) -> Result<Option<Client>, PortError> {
        (**self).authenticate(credentials).await
    }
}
