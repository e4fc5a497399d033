use crate::message::ErrorResponse;
use std::sync::Arc;

use super::{Attempt, Claim, Confirmation, Granted, Lease, Pause, Subject, Timestamp};

/// The state of a grant. The diagram in `src/grant/mod.rs` shows the transitions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Nobody has decided.
    Pending {
        /// The end user who is looking at the request, if somebody is.
        review: Option<Arc<Claim>>,
    },
    /// The end user approved; tokens have not been issued.
    Approved {
        /// The access that was approved, and how the end user had signed in.
        granted: Arc<Granted>,
        /// The number of attempts to issue tokens that were begun so far.
        attempts: u32,
        /// The pause before the next attempt, if the issuer was unavailable at the last one.
        pause: Option<Pause>,
    },
    /// The end user approved, and the device has not sent the confirmation code.
    Unconfirmed {
        /// The access that was approved, and how the end user had signed in.
        granted: Arc<Granted>,
        /// The code that the device has to send.
        confirmation: Confirmation,
    },
    /// The end user denied.
    Denied {
        /// The review that led to it.
        claim: Arc<Claim>,
        /// The button that they pressed: only one of them reports phishing.
        denial: Denial,
        at: Timestamp,
    },
    /// Tokens are being issued.
    Redeeming {
        /// The access that was approved, and how the end user had signed in.
        granted: Arc<Granted>,
        /// The attempt that is issuing, and the time for which no other may.
        lease: Lease,
        /// The resources to which the attempt is limited. If empty, all that were granted.
        resources: Arc<[String]>,
    },
    /// Tokens were issued.
    Redeemed {
        /// The access that was approved, and how the end user had signed in.
        granted: Arc<Granted>,
        /// The attempt that issued them.
        attempt: Attempt,
        /// The resources to which its tokens are limited. If empty, all that were granted.
        resources: Arc<[String]>,
        at: Timestamp,
    },
    /// The host refused to issue tokens for what the end user had approved, or the device sent wrong confirmation codes.
    Refused {
        /// The access that was approved, and how the end user had signed in.
        granted: Arc<Granted>,
        /// The error, which each later poll gets as well.
        refusal: ErrorResponse,
        at: Timestamp,
    },
    /// The approval ended before the device got its tokens.
    Lapsed {
        /// The access that was approved, and how the end user had signed in.
        granted: Arc<Granted>,
        at: Timestamp,
    },
    /// The grant was revoked.
    Revoked {
        /// The attempt whose tokens were issued before the revocation, if any.
        redeemed: Option<Attempt>,
        /// The access that was approved before the revocation, and how the end user had signed in, if anybody had approved.
        granted: Option<Arc<Granted>>,
        at: Timestamp,
    },
}

impl State {
    /// The state's name in lower case.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Approved { .. } => "approved",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Denied { .. } => "denied",
            Self::Redeeming { .. } => "redeeming",
            Self::Redeemed { .. } => "redeemed",
            Self::Refused { .. } => "refused",
            Self::Lapsed { .. } => "lapsed",
            Self::Revoked { .. } => "revoked",
        }
    }

    /// The access that the end user approved, where they did and nobody has withdrawn it.
    pub(crate) fn granted(&self) -> Option<&Arc<Granted>> {
        match self {
            Self::Approved { granted, .. }
            | Self::Unconfirmed { granted, .. }
            | Self::Redeeming { granted, .. }
            | Self::Redeemed { granted, .. }
            | Self::Refused { granted, .. }
            | Self::Lapsed { granted, .. } => Some(granted),
            Self::Pending { .. } | Self::Denied { .. } | Self::Revoked { .. } => None,
        }
    }

    /// The approval, even if it was withdrawn since.
    pub(crate) fn approval(&self) -> Option<&Arc<Granted>> {
        match self {
            Self::Revoked { granted, .. } => granted.as_ref(),
            Self::Pending { .. }
            | Self::Approved { .. }
            | Self::Unconfirmed { .. }
            | Self::Denied { .. }
            | Self::Redeeming { .. }
            | Self::Redeemed { .. }
            | Self::Refused { .. }
            | Self::Lapsed { .. } => self.granted(),
        }
    }

    /// The end user whose grant it is: who approved, even if it was revoked since. Nobody once they were erased.
    pub(crate) fn subject(&self) -> Option<&Subject> {
        let subject = self.approval().map(|granted| granted.subject());
        subject.filter(|subject| !subject.as_str().is_empty())
    }
}

/// The two ways in which an end user denies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Denial {
    /// They do not want it.
    Declined,
    /// They did not start it: somebody may be phishing.
    NotMe,
}
