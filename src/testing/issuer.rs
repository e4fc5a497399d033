use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::ManualClock;
use crate::code::GrantId;
use crate::host::{IssueError, Redemption, TokenIssuer};
use crate::message::{ErrorResponse, TokenResponse};

/// An answer of a [`ScriptedIssuer`].
///
/// ```
/// use std::time::Duration;
/// use device_grant::testing::{ManualClock, Poll, Scenario, Script, ScriptedIssuer};
///
/// // Longer than the lease lasts: these tokens come too late.
/// let clock = ManualClock::new();
/// let issuer = ScriptedIssuer::new([Script::Late(Duration::from_secs(30))]).clock(&clock);
/// let t = Scenario::on_clock(clock, issuer.clone(), |builder| builder)?;
/// let tv = t.device("tv").authorize("openid")?;
/// t.visitor("alice").approve(&tv)?;
/// assert_eq!(tv.poll()?, Poll::Pending);
/// assert_eq!(issuer.discarded()[0].access_token, "token-1");
/// assert_eq!(tv.poll()?, Poll::Tokens);
/// assert_eq!(tv.tokens().unwrap().access_token, "token-2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Script {
    /// Issues tokens: `token-1`, `token-2` and so on, with a lifetime of one hour.
    Tokens,
    /// Issues this response.
    Response(TokenResponse),
    /// Refuses with this error.
    Refused(ErrorResponse),
    /// Is unavailable.
    Unavailable,
    /// Is unavailable, and says for how long.
    UnavailableFor(Duration),
    /// Never answers; the caller's future is dropped.
    Hang,
    /// Panics.
    Panic,
    /// Moves the [clock](ScriptedIssuer::clock) by this time, and then issues tokens.
    Late(Duration),
    /// Calls a function, and then issues tokens: see [`Script::meanwhile`].
    Meanwhile(Meanwhile),
}

/// A function that is called while tokens are being issued.
type Meanwhile = Arc<dyn Fn(&Redemption) + Send + Sync>;

impl Script {
    /// Calls `happens`, and then issues tokens: for events between a lease and its commit.
    pub fn meanwhile(happens: impl Fn(&Redemption) + Send + Sync + 'static) -> Self {
        Self::Meanwhile(Arc::new(happens))
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens => f.write_str("Tokens"),
            Self::Response(response) => f.debug_tuple("Response").field(response).finish(),
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
            Self::Unavailable => f.write_str("Unavailable"),
            Self::UnavailableFor(time) => f.debug_tuple("UnavailableFor").field(time).finish(),
            Self::Hang => f.write_str("Hang"),
            Self::Panic => f.write_str("Panic"),
            Self::Late(by) => f.debug_tuple("Late").field(by).finish(),
            Self::Meanwhile(_) => f.write_str("Meanwhile(..)"),
        }
    }
}

/// A token issuer that follows a script, one answer for each call, and issues tokens
/// when the script has ended. It records calls, issued tokens and discarded tokens. Clones
/// are the same issuer.
///
/// ```
/// use device_grant::testing::{Poll, Scenario, Script, ScriptedIssuer};
///
/// let issuer = ScriptedIssuer::new([Script::Unavailable, Script::Tokens]);
/// let t = Scenario::new(issuer.clone());
/// let tv = t.device("tv").authorize("openid")?;
/// t.visitor("alice").approve(&tv)?;
/// assert_eq!(tv.poll()?, Poll::Unavailable);
/// t.advance(std::time::Duration::from_secs(5));
/// assert_eq!(tv.poll()?, Poll::Tokens);
/// assert_eq!((issuer.asked().len(), issuer.issued().len()), (2, 1));
/// # Ok::<(), device_grant::testing::StepError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScriptedIssuer {
    script: Arc<Mutex<VecDeque<Script>>>,
    record: Arc<Mutex<Record>>,
    clock: Option<ManualClock>,
}

#[derive(Debug, Default)]
struct Record {
    asked: Vec<Redemption>,
    issued: Vec<IssuedTokens>,
    discarded: Vec<IssuedTokens>,
}

/// Tokens that a [`ScriptedIssuer`] issued or discarded.
///
/// ```
/// use device_grant::testing::{Scenario, ScriptedIssuer};
///
/// let issuer = ScriptedIssuer::new([]);
/// let t = Scenario::new(issuer.clone());
/// let tv = t.device("tv").authorize("openid")?;
/// t.visitor("alice").approve(&tv)?;
/// let _ = tv.poll()?;
/// let tokens = &issuer.issued()[0];
/// assert_eq!((tokens.grant, tokens.ordinal), (tv.grant_id(), 1));
/// assert_eq!(tokens.access_token, "token-1");
/// # Ok::<(), device_grant::testing::StepError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct IssuedTokens {
    /// The grant.
    pub grant: GrantId,
    /// The name of the attempt.
    pub attempt: String,
    /// The number of the attempt.
    pub ordinal: u32,
    /// The access token.
    pub access_token: String,
}

impl ScriptedIssuer {
    /// An issuer with this script.
    #[must_use]
    pub fn new(script: impl IntoIterator<Item = Script>) -> Self {
        Self {
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            record: Arc::default(),
            clock: None,
        }
    }

    /// Sets the clock that [`Script::Late`] moves: that of the [scenario](super::Scenario::on_clock).
    #[must_use]
    pub fn clock(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Adds an answer to the script.
    pub fn then(&self, next: Script) {
        lock(&self.script).push_back(next);
    }

    /// Returns the redemptions for which it was called, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Redemption> {
        lock(&self.record).asked.clone()
    }

    /// Returns the issued tokens, in order.
    #[must_use]
    pub fn issued(&self) -> Vec<IssuedTokens> {
        lock(&self.record).issued.clone()
    }

    /// Returns the discarded tokens, in order.
    #[must_use]
    pub fn discarded(&self) -> Vec<IssuedTokens> {
        lock(&self.record).discarded.clone()
    }

    fn issue_now(&self, redemption: &Redemption) -> TokenResponse {
        let token = format!("token-{}", lock(&self.record).issued.len() + 1);
        let response = TokenResponse::bearer(token, Duration::from_secs(3_600));
        self.hand_out(redemption, response)
    }

    fn hand_out(&self, redemption: &Redemption, response: TokenResponse) -> TokenResponse {
        let issued = IssuedTokens::of(redemption, &response);
        lock(&self.record).issued.push(issued);
        response
    }
}

impl IssuedTokens {
    fn of(redemption: &Redemption, response: &TokenResponse) -> Self {
        Self {
            grant: redemption.grant.id,
            attempt: redemption.attempt.clone(),
            ordinal: redemption.ordinal,
            access_token: response.access_token.clone(),
        }
    }
}

#[async_trait]
impl TokenIssuer for ScriptedIssuer {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        lock(&self.record).asked.push(redemption.clone());
        // A statement of its own, so that `Script::Hang` does not keep the lock.
        let line = lock(&self.script).pop_front();
        match line.unwrap_or(Script::Tokens) {
            Script::Tokens => {}
            Script::Response(response) => return Ok(self.hand_out(redemption, response)),
            Script::Refused(refusal) => return Err(refusal.into()),
            Script::Unavailable => return Err(IssueError::unavailable("the script says so")),
            Script::UnavailableFor(time) => {
                return Err(IssueError::unavailable("the script says so").with_retry_after(time));
            }
            Script::Hang => std::future::pending().await,
            // Unlike `panic!`, this prints nothing among the output of the tests.
            Script::Panic => std::panic::resume_unwind(Box::new("the script says so")),
            Script::Late(by) => match &self.clock {
                Some(clock) => clock.advance(by),
                None => return Err(IssueError::unavailable("`Script::Late` needs a clock")),
            },
            Script::Meanwhile(happens) => happens(redemption),
        }
        Ok(self.issue_now(redemption))
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        let discarded = IssuedTokens::of(redemption, &tokens);
        lock(&self.record).discarded.push(discarded);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
