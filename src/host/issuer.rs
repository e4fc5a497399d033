use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Cause, Redemption};
use crate::invalid_value::InvalidValue;
use crate::message::{ErrorResponse, TokenResponse};

/// Issues the tokens of an approved grant.
///
/// # Contract
///
/// 1. **Ask again.** Minutes may have passed since the approval. [`issue`](Self::issue) refuses when the
///    subject is locked or gone, or the client may no longer have tokens. *Broken: a user locked after
///    approving still gets signed in.*
/// 2. **Grant no more** than [`Redemption::access`].
/// 3. **One attempt, one set.** Called again with the same grant and [`attempt`](Redemption::attempt), which
///    happens only for a [redelivery](Redemption::is_redelivery), it answers with the same tokens or with others
///    that replace them. *Broken: a lost response leaves two live sets.*
/// 4. **A higher ordinal voids lower ones.** The issuer may, and a careful one does, revoke what earlier
///    attempts at the grant produced: they were not delivered and never will be.
/// 5. **A discard voids its own.** [`discard`](Self::discard) voids the tokens that it is given, or nothing.
///    *Broken: a late answer of one attempt ends the tokens that a later one delivered.*
///
/// Tokens leave only after the attempt was committed; until then the issuer's answer is a draft. A future
/// that is dropped, or an answer after [`Redemption::deadline`], is an attempt that failed.
///
/// An issuer that needs nothing but `issue` can be a closure: [`issuer_fn`].
///
/// ```
/// use std::collections::{HashMap, HashSet};
/// use std::sync::Mutex;
/// use std::time::Duration;
///
/// use device_grant::host::{IssueError, Redemption, TokenIssuer, async_trait};
/// use device_grant::message::{ErrorResponse, TokenResponse};
///
/// /// What the host has anyway.
/// #[derive(Default)]
/// struct Tokens {
///     locked_users: Mutex<HashSet<String>>,
///     live: Mutex<HashMap<String, String>>,
/// }
/// # impl Tokens {
/// #     fn draw(&self) -> String { "2YotnFZFEjr1zCsicMWpAA".to_owned() }
/// # }
///
/// #[async_trait]
/// impl TokenIssuer for Tokens {
///     async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
///         let user = redemption.subject().as_str();
///         let locked = self.locked_users.lock().map_err(|error| IssueError::unavailable(error.to_string()))?;
///         if locked.contains(user) {
///             return Err(ErrorResponse::access_denied().with_description("The account is locked.").into());
///         }
///         let token = self.draw();
///         let mut live = self.live.lock().map_err(|error| IssueError::unavailable(error.to_string()))?;
///         live.insert(token.clone(), user.to_owned());
///         Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
///     }
///
///     async fn discard(&self, _redemption: &Redemption, tokens: TokenResponse) {
///         if let Ok(mut live) = self.live.lock() {
///             live.remove(&tokens.access_token);
///         }
///     }
/// }
/// # fn takes(_: impl TokenIssuer) {}
/// # takes(Tokens::default());
/// ```
#[async_trait]
pub trait TokenIssuer: Send + Sync {
    /// Issues tokens, refuses, or cannot tell.
    ///
    /// # Errors
    ///
    /// [`IssueError::Refused`] ends the grant; [`IssueError::Unavailable`] leaves the approval for a later poll.
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError>;

    /// Voids `tokens`, which this very attempt issued and which will never be delivered, and nothing else.
    ///
    /// It returns no error: nothing could be done about one, and tokens that nobody has received harm nobody.
    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse);
}

#[async_trait]
impl<I: TokenIssuer + ?Sized> TokenIssuer for Arc<I> {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        (**self).issue(redemption).await
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        (**self).discard(redemption, tokens).await;
    }
}

/// The reason why there are no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The host decided against it. The grant ends, and keeps the error, its description and its URI, which the device is
    /// told. They must not name the end user. `authorization_pending` and `slow_down` become `access_denied`, because the
    /// device would go on polling.
    #[error("the host refused: {}", .0.error.as_str())]
    Refused(ErrorResponse),
    /// The issuer cannot work now. The approval stays; the device goes on polling. Made by [`unavailable`](Self::unavailable).
    #[error("the token issuer is unavailable")]
    #[non_exhaustive]
    Unavailable {
        /// The time after which it may be worth trying again, if known. It is not asked for the same grant before, but in
        /// the last minute before the codes expire: see [`Unavailable`](crate::PollOutcome::Unavailable).
        retry_after: Option<Duration>,
        /// The cause.
        source: Cause,
    },
}

impl IssueError {
    /// The issuer cannot work now, and it is not known for how long.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable {
            retry_after: None,
            source: source.into(),
        }
    }

    /// Says after how long it may be worth trying again. A refusal stays what it is.
    #[must_use]
    pub fn with_retry_after(self, delay: Duration) -> Self {
        match self {
            Self::Unavailable { source, .. } => Self::Unavailable {
                retry_after: Some(delay),
                source,
            },
            refused @ Self::Refused(_) => refused,
        }
    }
}

impl From<ErrorResponse> for IssueError {
    fn from(refusal: ErrorResponse) -> Self {
        Self::Refused(refusal)
    }
}

impl From<InvalidValue> for IssueError {
    fn from(error: InvalidValue) -> Self {
        Self::unavailable(error)
    }
}

/// A [`TokenIssuer`] made of one async closure, for hosts whose undelivered tokens need no voiding.
///
/// ```
/// use std::time::Duration;
/// use device_grant::host::{IssueError, Redemption, issuer_fn};
/// use device_grant::message::TokenResponse;
///
/// async fn sign_token(subject: &str) -> Result<String, std::io::Error> {
///     Ok(format!("token of {subject}"))
/// }
///
/// let issuer = issuer_fn(|redemption: Redemption| async move {
///     let token = sign_token(redemption.subject().as_str()).await.map_err(IssueError::unavailable)?;
///     Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
/// });
/// ```
pub fn issuer_fn<F, Fut>(issue: F) -> impl TokenIssuer
where
    F: Fn(Redemption) -> Fut + Send + Sync,
    Fut: Future<Output = Result<TokenResponse, IssueError>> + Send,
{
    IssuerFn(issue)
}

struct IssuerFn<F>(F);

#[async_trait]
impl<F, Fut> TokenIssuer for IssuerFn<F>
where
    F: Fn(Redemption) -> Fut + Send + Sync,
    Fut: Future<Output = Result<TokenResponse, IssueError>> + Send,
{
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        (self.0)(redemption.clone()).await
    }

    async fn discard(&self, _redemption: &Redemption, _tokens: TokenResponse) {}
}
