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
/// 1. **Check again.** Minutes may have passed since the approval. [`issue`](Self::issue) refuses if the
///    subject is locked or deleted, or the client may no longer have tokens. *Broken: a user who was locked after
///    approving is still signed in.*
/// 2. **Grant no more** than [`Redemption::access`].
/// 3. **One attempt, one set.** If it is called again with the same grant and [`attempt`](Redemption::attempt), which
///    happens only for a [redelivery](Redemption::is_redelivery), it returns the same tokens, or others
///    that replace them. *Broken: a lost response leaves two valid sets.*
/// 4. **A higher ordinal voids lower ones.** The issuer may revoke the tokens of earlier
///    attempts at the grant, and should: they were not delivered and never will be.
/// 5. **A discard voids only its own tokens.** [`discard`](Self::discard) voids the tokens that it gets, or none.
///    *Broken: a late answer of one attempt ends the tokens that a later one delivered.*
///
/// Tokens leave only after the attempt was committed; until then the issuer's answer is a draft. A dropped future,
/// or an answer after [`Redemption::deadline`], is a failed attempt.
///
/// If you need only `issue`, use a closure: [`issuer_fn`].
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
#[diagnostic::on_unimplemented(
    note = "`device_grant::host::issuer_fn` makes a token issuer of an async closure"
)]
pub trait TokenIssuer: Send + Sync {
    /// Issues tokens, refuses, or reports that the issuer is unavailable. Clauses 1 to 4.
    ///
    /// # Errors
    ///
    /// [`IssueError::Refused`] ends the grant, except with an error at which devices poll on; [`IssueError::Unavailable`] leaves the approval for a later poll.
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError>;

    /// Voids `tokens`, which this attempt issued and which will never be delivered, and no others. Clause 5.
    ///
    /// It returns no error, because the caller could do nothing about one. Nobody has received these tokens.
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

/// The reason why an issuer returns no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The issuer refuses. The grant ends. It keeps the error, its description and its URI, and each poll gets them, so they
    /// must not name the end user.
    ///
    /// A device goes on polling at four errors, so no grant ends with them: `authorization_pending` and `slow_down` become
    /// `access_denied`; `temporarily_unavailable` and `server_error` count as [`Unavailable`](Self::Unavailable).
    #[error("the host refused: {}", .0.error.as_str())]
    Refused(ErrorResponse),
    /// The issuer is unavailable. The approval stays, and the device goes on polling. Create it with
    /// [`unavailable`](Self::unavailable).
    #[error("the token issuer is unavailable")]
    #[non_exhaustive]
    Unavailable {
        /// The time after which the issuer may be available again, if known. It is not called for the same grant before, except
        /// in the last minute before the codes expire: see [`Unavailable`](crate::PollOutcome::Unavailable).
        retry_after: Option<Duration>,
        /// The cause.
        source: Cause,
    },
}

impl IssueError {
    /// The error of an issuer that is unavailable, for an unknown time.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable {
            retry_after: None,
            source: source.into(),
        }
    }

    /// Sets the time after which the issuer may be available again. A refusal does not change.
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
        // Not a refusal, which would end the grant for a fault that the host can mend.
        Self::unavailable(error)
    }
}

/// Makes a [`TokenIssuer`] of one async closure, if you need not void undelivered tokens.
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
