use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::fault::{Fault, chain};
use super::heard::Heard;
use super::limits::Ladder;
use super::limits::Limits;
use super::waits::Waits;
use super::watch::Watched;
use crate::code::{CodeKeys, UserCodeFormat};
use crate::grant::{Facts, Fence, Grant, Nonce, Pacing, Timestamp};
use crate::host::{
    Announcer, Clock, Entropy, Event, EventKind, GrantDirectory, GrantStore, LimitKeys, Limiter,
    Policy, PortError, Timer, TokenIssuer, TokenRevoker, Visitor,
};
use crate::message::EndpointUri;

/// Everything that [`DeviceGrants`](super::DeviceGrants) works with, checked by the builder.
pub(super) struct Inner {
    pub(super) issuer: Arc<str>,
    pub(super) verification_uri: EndpointUri,
    pub(super) store: Arc<Watched<dyn GrantStore>>,
    pub(super) directory: Option<Arc<Watched<dyn GrantDirectory>>>,
    pub(super) token_issuer: Arc<Watched<dyn TokenIssuer>>,
    pub(super) token_revoker: Option<Arc<Watched<dyn TokenRevoker>>>,
    pub(super) limiter: Arc<Watched<dyn Limiter>>,
    pub(super) policy: Option<Arc<Watched<dyn Policy>>>,
    pub(super) observer: Heard,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) announcer: Option<Arc<Watched<dyn Announcer>>>,
    pub(super) timer: Option<Arc<dyn Timer>>,
    pub(super) waits: Arc<Waits>,
    /// The number of polls that may wait at once.
    pub(super) waiting_polls: usize,
    /// The longest that a poll may wait.
    pub(super) longest_wait: Duration,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) keys: CodeKeys,
    pub(super) formats: Formats,
    pub(super) ladder: Ladder,
    /// The keys of new codes.
    pub(super) authorization_keys: LimitKeys,
    /// The keys of wrong user codes.
    pub(super) entry_keys: LimitKeys,
    pub(super) acr_values: Vec<String>,
    pub(super) limits: Limits,
    pub(super) pacing: Pacing,
    pub(super) lifetime: Duration,
    pub(super) interval: Duration,
    pub(super) retention: Duration,
    pub(super) review_lifetime: Duration,
    pub(super) lease: Duration,
    pub(super) redelivery: Option<Duration>,
    pub(super) redemption_window: Option<Duration>,
}

/// The formats of user codes in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Formats {
    /// The format of clients whose terms name none.
    pub(super) default: UserCodeFormat,
    /// The formats that some clients' terms name.
    pub(super) others: Vec<UserCodeFormat>,
}

impl Formats {
    pub(super) fn iter(&self) -> impl Iterator<Item = &UserCodeFormat> {
        std::iter::once(&self.default).chain(&self.others)
    }

    pub(super) fn contains(&self, format: &UserCodeFormat) -> bool {
        self.iter().any(|known| known == format)
    }
}

impl Inner {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], PortError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn revision(&self) -> Result<u64, PortError> {
        self.random().map(u64::from_le_bytes)
    }

    pub(super) fn nonce(&self) -> Result<Nonce, PortError> {
        self.random().map(Nonce::from_bytes)
    }

    pub(super) fn fence(&self) -> Result<Fence, PortError> {
        self.random().map(Fence::from_bytes)
    }

    /// Reports the event that `event` makes to the observer, if there is one.
    pub(super) fn observe(&self, event: impl FnOnce() -> Event) {
        self.observer.tell(event);
    }

    /// Reports an event of a grant, with the account and the approval of its present state.
    pub(super) fn observe_grant(&self, kind: EventKind, grant: &Grant, now: Timestamp) {
        self.observe(|| {
            let (mut event, state) = (event_of(kind, grant.facts(), now), grant.state());
            event.subject = state.subject().cloned();
            let approved_at = state.granted().map(|granted| granted.at);
            event.since_approval = approved_at.map(|at| now.duration_until(at));
            event
        });
    }

    /// Reports an event of a visitor, with the grant, if it is known.
    pub(super) fn observe_visit(
        &self,
        kind: EventKind,
        grant: Option<&Arc<Facts>>,
        visitor: &Visitor,
        now: Timestamp,
    ) {
        self.observe(|| {
            let mut event = match grant {
                Some(grant) => event_of(kind, grant, now),
                None => Event::new(kind, now),
            };
            event.subject = Some(visitor.subject().clone());
            // The event is about the visitor, so their address replaces that of the device.
            event.source = visitor.ip();
            event
        });
    }

    /// Reports a fault, and returns it.
    pub(super) fn fault(&self, fault: Fault) -> Fault {
        self.observe(|| Event::new(fault.kind(), self.now()));
        fault
    }

    /// Reports a fault that keeps this grant from its tokens, and returns it.
    pub(super) fn fault_of(&self, fault: Fault, grant: &Grant) -> Fault {
        self.observe_grant(fault.kind(), grant, self.now());
        fault
    }

    pub(super) fn observe_unavailable(
        &self,
        port: &'static str,
        cause: &(dyn std::error::Error + 'static),
        grant: &Grant,
        now: Timestamp,
    ) {
        let cause = chain(cause);
        self.observe_grant(EventKind::RedemptionPostponed { port, cause }, grant, now);
    }
}

/// Makes an event of a grant, with the facts that never change.
pub(super) fn event_of(kind: EventKind, grant: &Facts, now: Timestamp) -> Event {
    let mut event = Event::new(kind, now);
    event.grant = Some(grant.id);
    event.client = Some(grant.client_id.clone());
    event.source = grant.origin.ip;
    event.since_issued = Some(now.duration_until(grant.issued_at));
    event
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("issuer", &self.issuer)
            .field("verification_uri", &self.verification_uri)
            .field("formats", &self.formats)
            .field("limits", &self.limits)
            .field("lifetime", &self.lifetime)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
