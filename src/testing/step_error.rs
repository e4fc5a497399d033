use std::time::Duration;

use crate::code::UserCodeError;
use crate::device_grants::{AuthorizeError, DecisionError, Fault, ReviewError};
use crate::host::Warning;
use crate::message::{ErrorCode, ErrorResponse, SignInParameters};

/// The error of a step of a [`Scenario`](super::Scenario), which a test can compare.
///
/// ```
/// use device_grant::testing::{Scenario, ScriptedIssuer, StepError};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let tv = t.device("tv").authorize("openid")?;
/// t.visitor("alice").review(&tv)?;
/// assert_eq!(t.visitor("bob").approve(&tv), Err(StepError::UnknownUserCode));
/// # Ok::<(), StepError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// [`AuthorizeError::Refused`], with this error.
    #[error("the device authorization request is refused: {0}")]
    AuthorizationRefused(ErrorCode),
    /// [`AuthorizeError::Limited`].
    #[error("too many codes were issued lately")]
    TooManyAuthorizations {
        /// The time after which the client may try again.
        retry_after: Duration,
    },
    /// [`ReviewError::Mistyped`].
    #[error("the user code cannot be one: {0}")]
    Mistyped(UserCodeError),
    /// [`ReviewError::Unknown`].
    #[error("the user code is unknown to this visitor")]
    UnknownUserCode,
    /// [`ReviewError::TooManyAttempts`].
    #[error("too many user codes were entered")]
    TooManyAttempts {
        /// The time after which the visitor may try again.
        retry_after: Duration,
    },
    /// [`DecisionError::Refused`].
    #[error("the review ticket is refused")]
    TicketRefused,
    /// [`DecisionError::AlreadyDecided`].
    #[error("the request has already been decided otherwise")]
    AlreadyDecided {
        /// True if it was approved.
        approved: bool,
    },
    /// [`DecisionError::Widened`].
    #[error("more would be approved than was requested")]
    Widened,
    /// [`DecisionError::NothingLeft`].
    #[error("nothing would be approved of a part of the request ({})", .0.as_str())]
    NothingLeft(ErrorCode),
    /// [`DecisionError::StepUp`].
    #[error("the policy wants a stronger sign-in")]
    StepUp(SignInParameters),
    /// [`DecisionError::Warned`].
    #[error("the policy warns of the approval")]
    Warned(Warning),
    /// [`DecisionError::Forbidden`].
    #[error("the policy does not allow the approval")]
    Forbidden(ErrorResponse),
    /// A [`Fault`].
    #[error("{cause}")]
    Fault {
        /// True if the same step may succeed later.
        retryable: bool,
        /// The fault and its causes, on one line.
        cause: String,
    },
    /// A port never answered, and the step was dropped. If the port needs a runtime, set
    /// [`Scenario::block_on`](super::Scenario::block_on).
    #[error(
        "a port never answered; one that waits for a runtime, such as tokio's, gets it by Scenario::block_on"
    )]
    Hung,
    /// A port panicked, with this message. If the port needs a runtime, set
    /// [`Scenario::block_on`](super::Scenario::block_on).
    #[error(
        "a port panicked: {0}; one that needs a runtime, such as tokio's, gets it by Scenario::block_on"
    )]
    Panicked(String),
}

impl StepError {
    /// Returns true if this is a [`Fault`].
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Fault { .. })
    }
}

impl From<AuthorizeError> for StepError {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Refused(response) => response.into(),
            AuthorizeError::Limited { retry_after } => Self::TooManyAuthorizations { retry_after },
            AuthorizeError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ErrorResponse> for StepError {
    fn from(response: ErrorResponse) -> Self {
        Self::AuthorizationRefused(response.error)
    }
}

impl From<ReviewError> for StepError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Mistyped(error) => Self::Mistyped(error),
            ReviewError::Unknown => Self::UnknownUserCode,
            ReviewError::TooManyAttempts { retry_after } => Self::TooManyAttempts { retry_after },
            ReviewError::Fault(fault) => fault.into(),
        }
    }
}

impl From<DecisionError> for StepError {
    fn from(error: DecisionError) -> Self {
        match error {
            DecisionError::Refused => Self::TicketRefused,
            DecisionError::AlreadyDecided { approved } => Self::AlreadyDecided { approved },
            DecisionError::Widened => Self::Widened,
            DecisionError::NothingLeft(emptied) => Self::NothingLeft(emptied),
            DecisionError::StepUp(step_up) => Self::StepUp(step_up),
            DecisionError::Warned(warning) => Self::Warned(warning),
            DecisionError::Forbidden(refusal) => Self::Forbidden(refusal),
            DecisionError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for StepError {
    fn from(fault: Fault) -> Self {
        let first: &(dyn std::error::Error + 'static) = &fault;
        // Text, because errors cannot be compared.
        let causes: Vec<String> = std::iter::successors(Some(first), |error| error.source())
            .map(ToString::to_string)
            .collect();
        Self::Fault {
            retryable: fault.is_retryable(),
            cause: causes.join(": "),
        }
    }
}
