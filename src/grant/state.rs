use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Attempt, Claim, Granted, Lease, Pause, Subject, Timestamp};
use crate::message::ErrorCode;

/// Where a grant stands. See the [diagram](super) for what leads where.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub enum State {
    /// Nobody has decided.
    Pending {
        /// Who is looking at the request, if somebody is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Arc<Claim>>,
    },
    /// The end user approved; tokens have not been issued.
    Approved {
        /// What was approved.
        granted: Arc<Granted>,
        /// How many attempts to issue tokens were begun so far.
        attempts: u32,
        /// When the next one may begin, if the last one found the issuer unable to work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pause: Option<Pause>,
    },
    /// The end user denied.
    Denied {
        /// The review that led to it.
        claim: Arc<Claim>,
        /// In which words.
        denial: Denial,
        /// When.
        at: Timestamp,
    },
    /// Tokens are being issued.
    Redeeming {
        /// What was approved.
        granted: Arc<Granted>,
        /// Who is issuing, and how long nobody else may.
        lease: Lease,
        /// The resources that the attempt is to be for alone; none for all that was granted.
        #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
        resources: Arc<[String]>,
    },
    /// Tokens were issued.
    Redeemed {
        /// What was approved.
        granted: Arc<Granted>,
        /// The attempt that issued them.
        attempt: Attempt,
        /// The resources that its tokens are for alone; none for all that was granted.
        #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
        resources: Arc<[String]>,
        /// When.
        at: Timestamp,
    },
    /// The host refused to issue tokens for what the end user had approved.
    Refused {
        /// What was approved.
        granted: Arc<Granted>,
        /// With which error.
        refusal: Refusal,
        /// When.
        at: Timestamp,
    },
    /// Withdrawn.
    Revoked {
        /// The attempt whose tokens had been issued by then, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redeemed: Option<Attempt>,
        /// Who had approved by then, if anybody had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<Subject>,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// The state's name in lower case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Redeeming { .. } => "redeeming",
            Self::Redeemed { .. } => "redeemed",
            Self::Refused { .. } => "refused",
            Self::Revoked { .. } => "revoked",
        }
    }

    /// What the end user approved, where they did.
    #[must_use]
    pub fn granted(&self) -> Option<&Arc<Granted>> {
        match self {
            Self::Approved { granted, .. }
            | Self::Redeeming { granted, .. }
            | Self::Redeemed { granted, .. }
            | Self::Refused { granted, .. } => Some(granted),
            Self::Pending { .. } | Self::Denied { .. } | Self::Revoked { .. } => None,
        }
    }

    /// The end user whose grant it is: who approved, even if it was revoked since.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Revoked { subject, .. } => subject.as_ref(),
            Self::Pending { .. }
            | Self::Approved { .. }
            | Self::Denied { .. }
            | Self::Redeeming { .. }
            | Self::Redeemed { .. }
            | Self::Refused { .. } => self.granted().map(|granted| granted.subject()),
        }
    }
}

/// In which words an end user denied.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Denial {
    /// They do not want it.
    Declined,
    /// They did not start it: somebody may be phishing.
    NotMe,
}

/// Why a host issues no tokens, in the terms of the token endpoint.
///
/// ```
/// use device_grant::grant::Refusal;
/// use device_grant::message::ErrorCode;
///
/// let refusal = Refusal::access_denied().description("The account is locked.");
/// assert_eq!(refusal.error(), ErrorCode::AccessDenied);
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Refusal {
    error: ErrorCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl Refusal {
    /// A refusal with this error ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    ///
    /// `authorization_pending` and `slow_down` would have the device poll a grant that has ended: they become
    /// `access_denied`.
    #[must_use]
    pub fn new(error: ErrorCode) -> Self {
        let goes_on = matches!(error, ErrorCode::AuthorizationPending | ErrorCode::SlowDown);
        Self {
            error: if goes_on {
                ErrorCode::AccessDenied
            } else {
                error
            },
            description: None,
        }
    }

    pub(super) fn from_parts(error: ErrorCode, description: Option<String>) -> Self {
        Self { error, description }
    }

    /// The usual one: `access_denied`.
    #[must_use]
    pub fn access_denied() -> Self {
        Self::new(ErrorCode::AccessDenied)
    }

    /// Adds a text for the developer of the client. It travels to the device: it must not name the end user.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The error.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        self.error
    }

    /// The text, if there is one.
    #[must_use]
    pub fn description_text(&self) -> Option<&str> {
        self.description.as_deref()
    }
}
