use std::fmt;

use crate::code::GrantId;
use crate::grant::{ClientId, Subject, Timestamp};

/// Something that happened. It never holds a code, a token or a ticket.
///
/// Its `Display` is one line for a log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// To which grant, where one is known.
    pub grant: Option<GrantId>,
    /// Of which client, where one is known.
    pub client: Option<ClientId>,
    /// By or for which end user, where one is known.
    pub subject: Option<Subject>,
}

impl Event {
    /// An event that is known to concern nobody yet.
    #[must_use]
    pub fn new(kind: EventKind, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            grant: None,
            client: None,
            subject: None,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.name())?;
        if let Some(grant) = &self.grant {
            write!(f, " grant={grant}")?;
        }
        if let Some(client) = &self.client {
            write!(f, " client={:?}", client.as_str())?;
        }
        if let Some(subject) = &self.subject {
            write!(f, " subject={:?}", subject.as_str())?;
        }
        if let EventKind::Limited { key } | EventKind::GuessBudgetExceeded { key } = &self.kind {
            write!(f, " key={key:?}")?;
        }
        if let EventKind::Fault { cause } | EventKind::RedemptionPostponed { cause } = &self.kind {
            write!(f, " cause={cause:?}")?;
        }
        if let EventKind::UserCodesLengthened { length } = &self.kind {
            write!(f, " length={length}")?;
        }
        if let EventKind::Purged { grants } = &self.kind {
            write!(f, " grants={grants}")?;
        }
        Ok(())
    }
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// A client is unknown, or did not authenticate.
    ClientRefused,
    /// Codes were issued.
    Authorized,
    /// A device authorization request was refused by client terms or policy.
    AuthorizationRefused,
    /// An end user began to review a grant, or went on with it.
    Reviewed,
    /// A user code that is unknown, expired or already used was entered.
    UnknownUserCode,
    /// A user code fits several live grants; it was treated as unknown.
    AmbiguousUserCode,
    /// An end user entered the user code of a grant that another one is reviewing.
    ClaimedByAnother,
    /// An end user entered the user code of a grant that expects another one.
    UnexpectedSubject,
    /// An end user gave a review up.
    Released,
    /// A decision came with a ticket that is old, used or somebody else's. It names the grant if there is one.
    TicketRefused,
    /// The policy did not let an end user approve.
    ApprovalRefused,
    /// The policy warned an end user who was about to approve.
    ApprovalWarned,
    /// An end user approved.
    Approved,
    /// An end user denied.
    Denied,
    /// An end user denied with the words that they did not start it.
    ReportedNotMe,
    /// A client polled that may not use this grant, or may no longer.
    UnauthorizedClient,
    /// A device code came from its client, and without the key or the PKCE verifier that it is bound to: somebody
    /// may have stolen it.
    UnprovenDeviceCode,
    /// Somebody presented a device code that is unknown or forgotten.
    UnknownDeviceCode,
    /// A client polls too fast.
    SlowedDown,
    /// A device code was presented again after tokens had been issued for it.
    Replayed,
    /// Tokens were issued.
    Redeemed,
    /// The tokens of a redeemed grant were delivered once more.
    Redelivered,
    /// The host refused to issue tokens.
    RedemptionRefused,
    /// A device came for its tokens longer after the approval than it [may](crate::Builder::redemption_window), or the codes
    /// expired while the policy was asked.
    ApprovalLapsed,
    /// An attempt did not end within its lease: the issuer was late or did not answer, the store took too long to write
    /// the lease, or the node stopped. Another one begins.
    AttemptLost,
    /// The policy or the issuer could not work; the approval stays.
    #[non_exhaustive]
    RedemptionPostponed {
        /// What happened.
        cause: String,
    },
    /// Tokens that will never be delivered were handed back to the issuer.
    Discarded,
    /// It is unknown whether an attempt was committed. Its tokens are neither delivered nor discarded.
    CommitUnknown,
    /// A grant was withdrawn.
    Revoked,
    /// Somebody has tried too often.
    #[non_exhaustive]
    Limited {
        /// What and who.
        key: String,
    },
    /// User codes are being guessed from many sources at once: everybody's wrong entries of a length are used up, and for a while
    /// codes of that length can be entered only from the network of their device.
    #[non_exhaustive]
    GuessBudgetExceeded {
        /// What and who.
        key: String,
    },
    /// New user codes got longer: of the shorter ones, those that may be issued are used up, or half of the wrong entries.
    ///
    /// Each node says so once for each length, and again when it draws codes of this length after a lifetime without.
    UserCodesLengthened {
        /// The number of characters that they have now.
        length: usize,
    },
    /// A port failed.
    #[non_exhaustive]
    Fault {
        /// What happened.
        cause: String,
    },
    /// Grants were forgotten.
    #[non_exhaustive]
    Purged {
        /// How many.
        grants: u64,
    },
}

impl EventKind {
    /// A stable name in snake case, fit for a metric.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientRefused => "client_refused",
            Self::Authorized => "authorized",
            Self::AuthorizationRefused => "authorization_refused",
            Self::Reviewed => "reviewed",
            Self::UnknownUserCode => "unknown_user_code",
            Self::AmbiguousUserCode => "ambiguous_user_code",
            Self::ClaimedByAnother => "claimed_by_another",
            Self::UnexpectedSubject => "unexpected_subject",
            Self::Released => "released",
            Self::TicketRefused => "ticket_refused",
            Self::ApprovalRefused => "approval_refused",
            Self::ApprovalWarned => "approval_warned",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::ReportedNotMe => "reported_not_me",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnprovenDeviceCode => "unproven_device_code",
            Self::UnknownDeviceCode => "unknown_device_code",
            Self::SlowedDown => "slowed_down",
            Self::Replayed => "replayed",
            Self::Redeemed => "redeemed",
            Self::Redelivered => "redelivered",
            Self::RedemptionRefused => "redemption_refused",
            Self::ApprovalLapsed => "approval_lapsed",
            Self::AttemptLost => "attempt_lost",
            Self::RedemptionPostponed { .. } => "redemption_postponed",
            Self::Discarded => "discarded",
            Self::CommitUnknown => "commit_unknown",
            Self::Revoked => "revoked",
            Self::Limited { .. } => "limited",
            Self::GuessBudgetExceeded { .. } => "guess_budget_exceeded",
            Self::UserCodesLengthened { .. } => "user_codes_lengthened",
            Self::Fault { .. } => "fault",
            Self::Purged { .. } => "purged",
        }
    }
}
