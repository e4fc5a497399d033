use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Client, PortError};
use crate::grant::Facts;

/// Revokes tokens that were issued: optional, for hosts that can.
///
/// # Contract
///
/// 1. **All of the grant.** [`revoke_grant`](Self::revoke_grant) ends every token that any attempt at the grant
///    produced, and every one that was refreshed from them. *Broken: a device that was signed out stays signed in.*
/// 2. **Only the client's own.** [`revoke_token`](Self::revoke_token) changes nothing for a token of another client.
///    *Broken: one client signs out another's users.*
/// 3. **Again is no error.** What is revoked already, or unknown, is a success
///    ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
#[async_trait]
pub trait TokenRevoker: Send + Sync {
    /// Ends all tokens of a grant that is revoked. Clauses 1 and 3.
    ///
    /// # Errors
    ///
    /// [`PortError`]: the grant is revoked all the same, and the call will be made again when the host revokes it again.
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError>;

    /// Ends one token of a client; a refresh token takes the access tokens of its grant with it. Clauses 2 and 3.
    ///
    /// Returns `false` if tokens of this kind cannot be revoked: the client is told `unsupported_token_type`
    /// ([RFC 7009 §2.2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1)).
    ///
    /// # Errors
    ///
    /// [`PortError`] when it is not known whether the token was ended.
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
    /// The client, as the host authenticated it.
    pub client: Client,
    /// The token.
    pub token: String,
    /// The kind of token that the client takes it for. It may be wrong.
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
