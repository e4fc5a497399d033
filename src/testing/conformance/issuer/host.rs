use async_trait::async_trait;

use crate::grant::Subject;
use crate::host::{Client, TokenIssuer};
use crate::message::{Scope, TokenResponse};

/// A server whose issuer is under test, with its users, its client, and a check of its tokens.
///
/// ```
/// use std::collections::{BTreeMap, BTreeSet};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// use async_trait::async_trait;
/// use device_grant::grant::Subject;
/// use device_grant::host::{Client, IssueError, Redemption, TokenIssuer};
/// use device_grant::message::{ErrorResponse, Scope, TokenResponse};
/// use device_grant::testing::conformance::issuer::IssuerHost;
///
/// /// What the host has anyway.
/// #[derive(Default)]
/// struct MyServer {
///     locked: Mutex<BTreeSet<String>>,
///     tokens: Mutex<BTreeMap<String, Scope>>,
/// }
///
/// #[async_trait]
/// impl TokenIssuer for MyServer {
///     async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
///         if self.locked.lock().unwrap().contains(redemption.subject().as_str()) {
///             return Err(ErrorResponse::access_denied().into());
///         }
///         // The same attempt, the same token.
///         let token = format!("{}-{}", redemption.grant.id, redemption.attempt);
///         let scope = redemption.access.scope.clone();
///         self.tokens.lock().unwrap().insert(token.clone(), scope);
///         Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
///     }
///
///     async fn discard(&self, _redemption: &Redemption, tokens: TokenResponse) {
///         self.tokens.lock().unwrap().remove(&tokens.access_token);
///     }
/// }
///
/// #[async_trait]
/// impl IssuerHost for MyServer {
///     fn issuer(&self) -> &dyn TokenIssuer {
///         self
///     }
///     fn client(&self) -> Client {
///         Client::new("tv")
///     }
///     fn scope(&self) -> Scope {
///         "openid profile".parse().unwrap()
///     }
///     async fn add_user(&self, name: &str) -> Subject {
///         Subject::from(name)
///     }
///     async fn lock_user(&self, user: &Subject) {
///         self.locked.lock().unwrap().insert(user.to_string());
///     }
///     async fn good_for(&self, tokens: &TokenResponse) -> Option<Scope> {
///         self.tokens.lock().unwrap().get(&tokens.access_token).cloned()
///     }
/// }
///
/// mod tests {
///     device_grant::issuer_conformance_tests!(
///         |_clock| async { ((), super::MyServer::default()) },
///         block_on = device_grant::testing::conformance::block_on,
///         voids,
///     );
/// }
/// # use device_grant::testing::conformance::{block_on, issuer};
/// # block_on(issuer::refusing::clause_01_a_locked_user_is_refused(&MyServer::default()));
/// ```
#[async_trait]
pub trait IssuerHost: Send + Sync {
    /// Returns the issuer.
    fn issuer(&self) -> &dyn TokenIssuer;

    /// Returns a client that may have tokens of every user.
    fn client(&self) -> Client;

    /// Returns the scope that this client may have: at least two scope tokens, so that less can be granted.
    fn scope(&self) -> Scope;

    /// Adds a user who may have tokens, and returns their identifier, which need not be `name`.
    async fn add_user(&self, name: &str) -> Subject;

    /// Locks a user, who may not have tokens from now on.
    async fn lock_user(&self, user: &Subject);

    /// Returns the scope for which a resource server accepts the access token now; `None` if neither
    /// the access token nor the refresh token works any more.
    ///
    /// Look at what your server stores, or verify the token as a resource server does. A self-contained access token
    /// (a JWT) works until it expires: then leave out the argument `voids`.
    async fn good_for(&self, tokens: &TokenResponse) -> Option<Scope>;
}
