use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::code::GrantId;
use crate::grant::{ClientId, Subject, Timestamp};

/// An event, such as a poll or an approval. It never has a code, a token, a ticket or a key.
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
    /// The time of the event.
    pub at: Timestamp,
    /// The grant, if known.
    pub grant: Option<GrantId>,
    /// The client of the grant, or the client that sent the request. For
    /// [`ClientRefused`](EventKind::ClientRefused), the client that the request claims to come from.
    pub client: Option<ClientId>,
    /// The end user who acted, or whose grant it is, if known.
    pub subject: Option<Subject>,
    /// The address of the end user who acted, or else of the device, if you passed it. A poll of an
    /// undecided grant, or with an unknown or unproven code, has [its own](super::DeviceTokenRequest::with_ip) address;
    /// other events of a grant have that of its device authorization request.
    pub source: Option<IpAddr>,
    /// The time since the codes were issued, if the grant is known.
    pub since_issued: Option<Duration>,
    /// The time since the end user approved, if they did.
    pub since_approval: Option<Duration>,
    /// The number of events that did not reach the observer since the last one that did: equal faults held back by
    /// [`without_bursts`](crate::telemetry::without_bursts), and events dropped by a full [`Queue`](crate::telemetry::Queue).
    /// 0 without these.
    pub held_back: u64,
}

impl Event {
    /// An event without a grant, a client, a subject or a source.
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

    /// Returns the urgency of the event.
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
            // Quoted: no type checks an identifier, and a line break in one would forge a line of the log.
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
    /// Useful only for counting: polls and calls of ports.
    Debug,
    /// A step of a sign-in, or a mistake of a client or a person.
    Info,
    /// Needs attention if it repeats: somebody may be guessing or phishing, or a port is slow.
    Warning,
    /// A part of the server fails, and with it sign-ins.
    Error,
}

/// Makes the kinds of events, each with its name and its severity.
macro_rules! event_kinds {
    ($(
        $(#[$doc:meta])*
        $kind:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })? = $name:literal, $severity:ident;
    )+) => {
        /// The kind of an event, with the fields of this kind.
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

            /// The place of its name among [`NAMES`](Self::NAMES).
            #[cfg(feature = "metrics")]
            pub(crate) fn place(&self) -> usize {
                // Only variants without fields convert to numbers.
                enum Place {
                    $($kind,)+
                }
                let place = match self {
                    $(Self::$kind { .. } => Place::$kind,)+
                };
                #[expect(clippy::as_conversions, reason = "nothing else makes a number of it")]
                let place = place as usize;
                place
            }

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
    /// An end user began to review a grant, or continued.
    Reviewed = "reviewed", Info;
    /// Somebody entered a user code that is unknown, expired or already used. The event names the grant of an expired or used code.
    UnknownUserCode = "unknown_user_code", Info;
    /// Several live grants have the user code that was entered; it was treated as unknown.
    AmbiguousUserCode = "ambiguous_user_code", Error;
    /// An end user entered the user code of a grant that another end user is reviewing.
    ClaimedByAnother = "claimed_by_another", Warning;
    /// An end user entered the user code of a grant that expects another end user.
    UnexpectedSubject = "unexpected_subject", Warning;
    /// An end user gave up a review.
    Released = "released", Info;
    /// A decision came with a ticket that is old, used or another visitor's. The event names the grant if there is one.
    TicketRefused = "ticket_refused", Info;
    /// The policy did not let an end user approve.
    ApprovalRefused = "approval_refused", Info;
    /// The policy warned an end user who was about to approve.
    ApprovalWarned = "approval_warned", Info;
    /// An end user approved.
    Approved = "approved", Info;
    /// An end user denied.
    Denied = "denied", Info;
    /// An end user denied or signed out a grant and reported that they did not start it.
    ReportedNotMe = "reported_not_me", Warning;
    /// A client polled that may not, or may no longer, use this grant.
    UnauthorizedClient = "unauthorized_client", Info;
    /// A client presented its device code without the key or the PKCE verifier to which it is bound: somebody may have
    /// stolen the code.
    UnprovenDeviceCode = "unproven_device_code", Warning;
    /// Somebody presented a device code that is unknown or whose grant is deleted.
    UnknownDeviceCode = "unknown_device_code", Info;
    /// A poll was answered `authorization_pending`: nobody has decided, or tokens are being issued.
    PollPending = "poll_pending", Debug;
    /// A poll came right after another one, and got the same answer.
    PollTwin = "poll_twin", Debug;
    /// A poll was answered `authorization_pending` during the pause after a failure of the issuer or the policy.
    PollPaused = "poll_paused", Debug;
    /// A poll was answered `expired_token` again.
    PollExpired = "poll_expired", Debug;
    /// A poll was answered `access_denied`, because the end user denied or the grant was revoked.
    PollDenied = "poll_denied", Debug;
    /// A poll was answered again with the error with which the policy or the issuer refused.
    PollRefused = "poll_refused", Debug;
    /// A poll named a resource that was not granted, or a PKCE verifier without a challenge.
    PollInvalid = "poll_invalid", Info;
    /// A client polls too fast.
    SlowedDown = "slowed_down", Info;
    /// The codes expired before anybody decided, and a poll was answered `expired_token` for the first time.
    ///
    /// If the device no longer polls, the only event is [`Purged`](Self::Purged).
    Expired = "expired", Info;
    /// A device code was presented again after tokens had been issued for it.
    Replayed = "replayed", Warning;
    /// Tokens were issued.
    Redeemed = "redeemed", Info;
    /// The tokens of a redeemed grant were delivered once more.
    Redelivered = "redelivered", Info;
    /// The policy or the token issuer refused to issue tokens.
    RedemptionRefused = "redemption_refused", Info;
    /// A device sent a wrong confirmation code. A repeated one emits no event.
    WrongConfirmationCode = "wrong_confirmation_code", Warning;
    /// The third wrong confirmation code ended a grant that an end user had approved: they may have been phished.
    ConfirmationFailed = "confirmation_failed", Warning;
    /// A device polled after the [redemption window](crate::Builder::redemption_window), or the codes expired while the policy
    /// was asked.
    ApprovalLapsed = "approval_lapsed", Info;
    /// An attempt did not end within its lease, and another one begins. The issuer was late or did not answer, the store took
    /// too long to write the lease, or the node stopped.
    AttemptLost = "attempt_lost", Warning;
    /// The policy or the issuer is unavailable; the approval stays.
    #[non_exhaustive]
    RedemptionPostponed {
        /// The unavailable port: `issuer` or `policy`.
        port: &'static str,
        /// The error and its causes.
        cause: String,
    } = "redemption_postponed", Error;
    /// Tokens that will never be delivered were passed to [`TokenIssuer::discard`](super::TokenIssuer::discard).
    Discarded = "discarded", Warning;
    /// The store failed, so that nobody knows if an attempt was committed. Its tokens are neither delivered nor discarded.
    CommitUnknown = "commit_unknown", Error;
    /// A grant was revoked.
    Revoked = "revoked", Info;
    /// An account, an address or a client has used up a limit.
    #[non_exhaustive]
    Limited {
        /// The key of the limit, in clear text: the operation, and the account, address or client.
        key: String,
    } = "limited", Warning;
    /// The whole server's wrong entries of a code length are used up, because many sources guess. Until the quota refills,
    /// codes of that length can be entered only from the network of their device.
    #[non_exhaustive]
    GuessBudgetExceeded {
        /// The key of the limit: the operation and the code length.
        key: String,
    } = "guess_budget_exceeded", Error;
    /// New user codes got longer, because all codes or half of the wrong entries of the shorter length are used up.
    ///
    /// Each node emits it once for each length, and again when it draws codes of this length after a lifetime without any.
    UserCodesLengthened {
        /// The number of characters of new codes.
        length: usize,
    } = "user_codes_lengthened", Warning;
    /// A call of a port ended.
    PortCalled {
        /// The port: `store`, also for a directory, `limiter`, `policy`, `issuer`, `revoker` or `announcer`.
        port: &'static str,
        /// The method that was called.
        operation: &'static str,
        /// The duration of the call, by the builder's [`Clock`](super::Clock).
        took: Duration,
        /// True if the call returned an answer, a refusal included; false if it failed.
        is_ok: bool,
    } = "port_called", Debug;
    /// A call of a port still waits after one second. Emitted only with a [timer](crate::Builder::timer).
    PortSlow {
        /// The port: `store`, also for a directory, `limiter`, `policy`, `issuer`, `revoker` or `announcer`.
        port: &'static str,
        /// The method that was called.
        operation: &'static str,
    } = "port_slow", Warning;
    /// A port failed.
    #[non_exhaustive]
    Fault {
        /// The port: `store`, `limiter`, `policy`, `issuer`, `revoker`, `announcer`, `entropy`, `clients` or `visitors`; or
        /// `settings` if the client's terms or the formats of user codes exceed the builder's bounds, if the address of a client
        /// is unknown, or if a call needs a directory and there is none.
        port: &'static str,
        /// The method that failed, or an empty text.
        operation: &'static str,
        /// True if the same request may succeed later.
        is_retryable: bool,
        /// The error and its causes.
        cause: String,
    } = "fault", Error;
    /// A request was refused because the service is [suspended](crate::DeviceGrants::suspend).
    Suspended = "suspended", Debug;
    /// A purge deleted grants.
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
