use std::sync::Arc;

use async_trait::async_trait;

use super::{Cause, Client};
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
    /// [`RevokeError::Unavailable`]: the grant is revoked all the same, and the call will be made again when the
    /// host revokes it again.
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), RevokeError>;

    /// Ends one token of `client`; a refresh token takes the access tokens of its grant with it. `hint` is what the
    /// client takes it for, and may be wrong. Clauses 2 and 3.
    ///
    /// # Errors
    ///
    /// [`RevokeError`].
    async fn revoke_token(
        &self,
        client: &Client,
        token: &str,
        hint: Option<&str>,
    ) -> Result<(), RevokeError>;
}

#[async_trait]
impl<R: TokenRevoker + ?Sized> TokenRevoker for Arc<R> {
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), RevokeError> {
        (**self).revoke_grant(grant).await
    }

    async fn revoke_token(
        &self,
        client: &Client,
        token: &str,
        hint: Option<&str>,
    ) -> Result<(), RevokeError> {
        (**self).revoke_token(client, token, hint).await
    }
}

/// Why a token was not revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// Tokens of this kind cannot be revoked: `unsupported_token_type`
    /// ([RFC 7009 §2.2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1)).
    #[error("tokens of this kind cannot be revoked")]
    UnsupportedTokenType,
    /// Not now.
    #[error("the token revoker is unavailable")]
    Unavailable(#[source] Cause),
}

impl RevokeError {
    /// Not now.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable(source.into())
    }
}
