use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::code::GrantId;
use crate::grant::{ClientId, Subject, Timestamp};

/// Something that happened. It never holds a code, a token, a ticket or a key.
///
/// Its `Display` is one line for a log.
///
/// ```
/// use device_grant::host::{Event, Severity};
///
/// let log = |event: &Event| {
///     // Every poll is an event, so that it can be counted: leave those out of a log.
///     if event.severity() >= Severity::Info {
///         println!("{event}");
///     }
/// };
/// # fn takes(_: impl device_grant::host::Observer) {}
/// # takes(log);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The kind of event.
    pub kind: EventKind,
    /// The time at which it happened.
    pub at: Timestamp,
    /// The grant that it happened to, where one is known.
    pub grant: Option<GrantId>,
    /// The client of the grant, or the client that asked. For
    /// [`ClientRefused`](EventKind::ClientRefused), the client that the request claims to come from.
    pub client: Option<ClientId>,
    /// The end user who acted, or for whom the grant is, where one is known.
    pub subject: Option<Subject>,
    /// The address of the end user who acted, or of the device where nobody did, as far as the host named it. A poll of an
    /// undecided grant, or with a code that is unknown or unproven, has [its own](super::DeviceTokenRequest::with_ip);
    /// other events of a grant have that of its device authorization request.
    pub source: Option<IpAddr>,
    /// The time since the codes were issued, where the grant is known.
    pub since_issued: Option<Duration>,
    /// The time since the end user approved, where they did.
    pub since_approval: Option<Duration>,
    /// The number of events that were held back since the last one that was passed on: equal faults by
    /// [`without_bursts`](crate::telemetry::without_bursts), any that did not fit by [`Queue`](crate::telemetry::Queue). 0 without them.
    pub held_back: u64,
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
            source: None,
            since_issued: None,
            since_approval: None,
            held_back: 0,
        }
    }

    /// Returns how urgent it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.kind.severity()
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
        if let Some(source) = &self.source {
            write!(f, " source={source}")?;
        }
        if let Some(since) = &self.since_issued {
            write!(f, " since_issued={:.3}s", since.as_secs_f64())?;
        }
        if let Some(since) = &self.since_approval {
            write!(f, " since_approval={:.3}s", since.as_secs_f64())?;
        }
        self.kind.write_fields(f)?;
        if self.held_back > 0 {
            write!(f, " held_back={}", self.held_back)?;
        }
        Ok(())
    }
}

/// The urgency of an event, from the least.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Severity {
    /// Worth counting: polls and calls of ports, several a second for each device.
    Debug,
    /// Part of a sign-in, or somebody's mistake.
    Info,
    /// Worth a look if it repeats: somebody may be guessing or phishing, or something is slow.
    Warning,
    /// Something is broken, and sign-ins fail.
    Error,
}

/// Makes the kinds with what is said of each: its name and its severity.
macro_rules! event_kinds {
    ($(
        $(#[$doc:meta])*
        $kind:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })? = $name:literal, $severity:ident;
    )+) => {
        /// The kind of an event, with what is particular to it.
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum EventKind {
            $(
                $(#[$doc])*
                $kind $({ $($(#[$field_doc])* $field: $type,)+ })?,
            )+
        }

        impl EventKind {
            /// The names of all kinds.
            #[cfg(feature = "metrics")]
            pub(crate) const NAMES: &'static [&'static str] = &[$($name,)+];

            /// Returns a stable name in snake case, fit for a metric.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => $name,)+
                }
            }

            /// Returns how urgent an event of this kind is.
            #[must_use]
            pub fn severity(&self) -> Severity {
                match self {
                    $(Self::$kind { .. } => Severity::$severity,)+
                }
            }
        }
    };
}

event_kinds! {
    /// A client is unknown, or did not authenticate.
    ClientRefused = "client_refused", Warning;
    /// Codes were issued.
    Authorized {
        /// The number of characters of the user code, without separators.
        length: usize,
        /// The lifetime of the codes.
        lifetime: Duration,
    } = "authorized", Info;
    /// A device authorization request was refused by client terms or policy.
    AuthorizationRefused = "authorization_refused", Info;
    /// An end user began to review a grant, or went on with it.
    Reviewed = "reviewed", Info;
    /// A user code that is unknown, expired or already used was entered. It names the grant if it was used or is expired.
    UnknownUserCode = "unknown_user_code", Info;
    /// A user code fits several live grants; it was treated as unknown.
    AmbiguousUserCode = "ambiguous_user_code", Error;
    /// An end user entered the user code of a grant that another one is reviewing.
    ClaimedByAnother = "claimed_by_another", Warning;
    /// An end user entered the user code of a grant that expects another one.
    UnexpectedSubject = "unexpected_subject", Warning;
    /// An end user gave a review up.
    Released = "released", Info;
    /// A decision came with a ticket that is old, used or somebody else's. It names the grant if there is one.
    TicketRefused = "ticket_refused", Info;
    /// The policy did not let an end user approve.
    ApprovalRefused = "approval_refused", Info;
    /// The policy warned an end user who was about to approve.
    ApprovalWarned = "approval_warned", Info;
    /// An end user approved.
    Approved = "approved", Info;
    /// An end user denied.
    Denied = "denied", Info;
    /// An end user denied with the words that they did not start it.
    ReportedNotMe = "reported_not_me", Warning;
    /// A client polled that may not use this grant, or may no longer.
    UnauthorizedClient = "unauthorized_client", Info;
    /// A device code came from its client, and without the key or the PKCE verifier that it is bound to: somebody
    /// may have stolen it.
    UnprovenDeviceCode = "unproven_device_code", Warning;
    /// Somebody presented a device code that is unknown or forgotten.
    UnknownDeviceCode = "unknown_device_code", Info;
    /// A poll was answered `authorization_pending`: nobody has decided, or tokens are being issued.
    PollPending = "poll_pending", Debug;
    /// A poll came together with another one and was answered the same.
    PollTwin = "poll_twin", Debug;
    /// A poll was told that the issuer or the policy cannot work yet, without asking them again.
    PollPaused = "poll_paused", Debug;
    /// A poll was told again that the codes are expired.
    PollExpired = "poll_expired", Debug;
    /// A poll was told that the end user denied, or that the grant was withdrawn.
    PollDenied = "poll_denied", Debug;
    /// A poll was told again that the host refused to issue tokens.
    PollRefused = "poll_refused", Debug;
    /// A poll named a resource that was not granted, or a PKCE verifier without a challenge.
    PollInvalid = "poll_invalid", Info;
    /// A client polls too fast.
    SlowedDown = "slowed_down", Info;
    /// The codes expired before anybody decided, and their device was told so for the first time.
    ///
    /// A device that no longer polls is told nothing: of such codes there is no event but [`Purged`](Self::Purged).
    Expired = "expired", Info;
    /// A device code was presented again after tokens had been issued for it.
    Replayed = "replayed", Warning;
    /// Tokens were issued.
    Redeemed = "redeemed", Info;
    /// The tokens of a redeemed grant were delivered once more.
    Redelivered = "redelivered", Info;
    /// The host refused to issue tokens.
    RedemptionRefused = "redemption_refused", Info;
    /// A device sent a wrong confirmation code, for the first time this one.
    WrongConfirmationCode = "wrong_confirmation_code", Warning;
    /// The last wrong confirmation code ended a grant that an end user had approved: somebody may have phished them.
    ConfirmationFailed = "confirmation_failed", Warning;
    /// A device came for its tokens longer after the approval than it [may](crate::Builder::redemption_window), or the codes
    /// expired while the policy was asked.
    ApprovalLapsed = "approval_lapsed", Info;
    /// An attempt did not end within its lease: the issuer was late or did not answer, the store took too long to write
    /// the lease, or the node stopped. Another one begins.
    AttemptLost = "attempt_lost", Warning;
    /// The policy or the issuer could not work; the approval stays.
    #[non_exhaustive]
    RedemptionPostponed {
        /// The port that could not: `issuer` or `policy`.
        port: &'static str,
        /// The error and its causes.
        cause: String,
    } = "redemption_postponed", Error;
    /// Tokens that will never be delivered were handed back to the issuer.
    Discarded = "discarded", Warning;
    /// It is unknown whether an attempt was committed. Its tokens are neither delivered nor discarded.
    CommitUnknown = "commit_unknown", Error;
    /// A grant was withdrawn.
    Revoked = "revoked", Info;
    /// Somebody has tried too often.
    #[non_exhaustive]
    Limited {
        /// The key of the limit: the operation, and whoever tried it.
        key: String,
    } = "limited", Warning;
    /// User codes are being guessed from many sources at once: everybody's wrong entries of a length are used up, and for a while
    /// codes of that length can be entered only from the network of their device.
    #[non_exhaustive]
    GuessBudgetExceeded {
        /// The key of the limit: the operation, and the user codes that it was about.
        key: String,
    } = "guess_budget_exceeded", Error;
    /// New user codes got longer: of the shorter ones, those that may be issued are used up, or half of the wrong entries.
    ///
    /// Each node says so once for each length, and again when it draws codes of this length after a lifetime without.
    UserCodesLengthened {
        /// The number of characters that they have now.
        length: usize,
    } = "user_codes_lengthened", Warning;
    /// A call of a port ended.
    PortCalled {
        /// The port: `store`, `limiter`, `policy`, `issuer` or `announcer`.
        port: &'static str,
        /// The method that was called.
        operation: &'static str,
        /// The time that it took by the builder's [`Clock`](super::Clock).
        took: Duration,
        /// True if it did what it was asked, or refused to.
        is_ok: bool,
    } = "port_called", Debug;
    /// A call of a port has not ended after a second; it still waits. Only with a [timer](crate::Builder::timer).
    PortSlow {
        /// The port: `store`, `limiter`, `policy`, `issuer` or `announcer`.
        port: &'static str,
        /// The method that was called.
        operation: &'static str,
    } = "port_slow", Warning;
    /// A port failed.
    #[non_exhaustive]
    Fault {
        /// The port: `store`, `limiter`, `policy`, `issuer`, `revoker`, `announcer`, `entropy`, `clients`, `visitors`, or `settings` if the client's terms
        /// or the formats of user codes do not fit.
        port: &'static str,
        /// The method that failed, or an empty text.
        operation: &'static str,
        /// True if the same request may succeed later.
        is_retryable: bool,
        /// The error and its causes.
        cause: String,
    } = "fault", Error;
    /// A request was turned away because the host has [suspended](crate::DeviceGrants::suspend) the service.
    Suspended = "suspended", Debug;
    /// Grants were forgotten.
    #[non_exhaustive]
    Purged {
        /// The number of grants.
        grants: u64,
    } = "purged", Info;
}

impl EventKind {
    /// Returns whether it is about a call and not about an operation.
    #[cfg(feature = "tracing")]
    pub(crate) fn is_of_port(&self) -> bool {
        matches!(self, Self::PortCalled { .. } | Self::PortSlow { .. })
    }

    /// Writes what an event of this kind has besides what all events have.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most kinds have nothing else"
    )]
    fn write_fields(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limited { key } | Self::GuessBudgetExceeded { key } => write!(f, " key={key:?}"),
            Self::RedemptionPostponed { port, cause } => write!(f, " port={port} cause={cause:?}"),
            Self::UserCodesLengthened { length } | Self::Authorized { length, .. } => {
                write!(f, " length={length}")
            }
            Self::Purged { grants } => write!(f, " grants={grants}"),
            Self::PortSlow { port, operation } => write!(f, " port={port} operation={operation}"),
            Self::PortCalled {
                port,
                operation,
                took,
                is_ok,
            } => {
                let took = took.as_secs_f64();
                write!(
                    f,
                    " port={port} operation={operation} took={took:.6}s ok={is_ok}"
                )
            }
            Self::Fault {
                port,
                operation,
                is_retryable,
                cause,
            } => {
                write!(f, " port={port}")?;
                if !operation.is_empty() {
                    write!(f, " operation={operation}")?;
                }
                write!(f, " retryable={is_retryable} cause={cause:?}")
            }
            _ => Ok(()),
        }
    }
}
