use std::sync::Arc;

use async_trait::async_trait;

use super::ClientCredentials;
use crate::host::{Cause, Client};

/// Knows the clients of the host, and their secrets.
///
/// # Contract
///
/// 1. A client that was issued a secret is authenticated only with it
///    ([RFC 6749 §3.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1)). *Broken: its identifier, which is
///    no secret, is enough to poll in its name.*
/// 2. A client without a secret is identified by [`ClientAuthentication::None`](super::ClientAuthentication::None).
/// 3. Basic and post are both accepted, whatever was registered: clients in the field use either.
/// 4. An unknown client and a wrong secret are the same [`ClientError::Failed`], at about the same cost, and
///    secrets are compared in constant time. *Broken: strangers learn which clients exist, or the secret itself.*
/// 5. Guesses at secrets that people chose are limited; 256 random bits need no limit.
///
/// [`ClientRegistry`](super::ClientRegistry) keeps clauses 1 to 4.
#[async_trait]
pub trait ClientDirectory: Send + Sync {
    /// Says who the client is, if it is who it says.
    ///
    /// # Errors
    ///
    /// [`ClientError::Failed`] if there is no such client, or it did not authenticate as it must;
    /// [`ClientError::Unavailable`] if that cannot be told now.
    async fn authenticate(&self, credentials: &ClientCredentials) -> Result<Client, ClientError>;
}

#[async_trait]
impl<D: ClientDirectory + ?Sized> ClientDirectory for Arc<D> {
    async fn authenticate(&self, credentials: &ClientCredentials) -> Result<Client, ClientError> {
        (**self).authenticate(credentials).await
    }
}

/// Why a client is not authenticated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// It is unknown, or did not authenticate as it must: `invalid_client`.
    #[error("the client is unknown or not authenticated")]
    Failed,
    /// The directory cannot be asked now: `temporarily_unavailable`.
    #[error("the client directory is unavailable")]
    Unavailable(#[source] Cause),
}

impl ClientError {
    /// The directory cannot be asked now.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable(source.into())
    }
}
