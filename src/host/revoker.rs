use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Client, PortError};
use crate::grant::Facts;

/// Revokes issued tokens. Optional, for servers that can.
///
/// # Contract
///
/// 1. **All tokens of the grant.** [`revoke_grant`](Self::revoke_grant) revokes every token of every attempt at the grant,
///    and every token that was refreshed from them. *Broken: a device that was signed out stays signed in.*
/// 2. **Only the client's own.** [`revoke_token`](Self::revoke_token) does not change a token of another client.
///    *Broken: one client signs out another's users.*
/// 3. **Repeating is no error.** Revoking a token that is already revoked or unknown succeeds
///    ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
#[async_trait]
pub trait TokenRevoker: Send + Sync {
    /// Revokes all tokens of a revoked grant. Clauses 1 and 3.
    ///
    /// # Errors
    ///
    /// [`PortError`]. The grant is revoked in any case; when you revoke it again, this method is called again.
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError>;

    /// Revokes one token of a client. With a refresh token, it revokes the access tokens of the same grant. Clauses 2 and 3.
    ///
    /// Returns `false` if tokens of this kind cannot be revoked: the client gets `unsupported_token_type`
    /// ([RFC 7009 §2.2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1)).
    ///
    /// # Errors
    ///
    /// [`PortError`] if the token may still be valid.
    async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, PortError>;
}

#[async_trait]
impl<R: TokenRevoker + ?Sized> TokenRevoker for Arc<R> {
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError> {
        (**self).revoke_grant(grant).await
    }

    async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, PortError> {
        (**self).revoke_token(revocation).await
    }
}

/// A client's request to revoke one of its tokens ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
///
/// `Debug` hides the token.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenRevocation {
    /// The authenticated client.
    pub client: Client,
    /// The token.
    pub token: String,
    /// The kind of the token, as the client claims. It may be wrong.
    pub token_type_hint: Option<String>,
}

impl TokenRevocation {
    /// A request of `client` to revoke `token`, without a hint.
    #[must_use]
    pub fn new(client: Client, token: impl Into<String>) -> Self {
        Self {
            client,
            token: token.into(),
            token_type_hint: None,
        }
    }
}

impl fmt::Debug for TokenRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRevocation")
            .field("client", &self.client)
            .field("token_type_hint", &self.token_type_hint)
            .finish_non_exhaustive()
    }
}
