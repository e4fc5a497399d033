use std::time::Duration;

use crate::host::{Cause, EntropyError, LimiterError, PolicyError, RevokeError, StoreError};
use crate::message::{ErrorCode, ErrorResponse, Reply};

/// Something that this crate depends on failed. Nothing that was decided is lost.
///
/// The cause is kept for the host's log ([`source`](std::error::Error::source)) and never sent:
/// [`reply`](Self::reply) says `temporarily_unavailable` when repeating may help, `server_error` otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    what: &'static str,
    retry_after: Option<Duration>,
    source: Cause,
}

impl Fault {
    /// How long a caller should wait before it repeats a request, where nothing better is known.
    const RETRY_AFTER: Duration = Duration::from_secs(5);

    /// A fault that may pass.
    pub(super) fn passing(what: &'static str, source: impl Into<Cause>) -> Self {
        Self {
            what,
            retry_after: Some(Self::RETRY_AFTER),
            source: source.into(),
        }
    }

    /// A fault that stays until somebody mends it.
    pub(super) fn lasting(what: &'static str, source: impl Into<Cause>) -> Self {
        Self {
            what,
            retry_after: None,
            source: source.into(),
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retry_after.is_some()
    }

    /// What to tell the client.
    #[must_use]
    pub fn reply(&self) -> Reply {
        match self.retry_after {
            Some(delay) => ErrorResponse::from(ErrorCode::TemporarilyUnavailable)
                .with_retry_after(delay)
                .reply(),
            None => ErrorResponse::from(ErrorCode::ServerError).reply(),
        }
    }
}

impl From<Fault> for Reply {
    /// [`Fault::reply`], for `?` in a handler.
    fn from(fault: Fault) -> Self {
        fault.reply()
    }
}

/// An error and its sources, on one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        if error.is_retryable() {
            Self::passing("the store cannot be used", error)
        } else {
            Self::lasting("the store cannot be used", error)
        }
    }
}

impl From<RevokeError> for Fault {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::UnsupportedTokenType => Self::lasting("a token cannot be revoked", error),
            RevokeError::Unavailable(_) => Self::passing("the tokens cannot be revoked", error),
        }
    }
}

impl From<LimiterError> for Fault {
    fn from(error: LimiterError) -> Self {
        if error.is_retryable() {
            Self::passing("the limiter cannot be used", error)
        } else {
            Self::lasting("the limiter cannot be used", error)
        }
    }
}

impl From<PolicyError> for Fault {
    fn from(error: PolicyError) -> Self {
        Self::passing("the policy cannot be asked", error)
    }
}

impl From<EntropyError> for Fault {
    fn from(error: EntropyError) -> Self {
        Self::passing("no code can be drawn", error)
    }
}
