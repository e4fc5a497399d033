use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::fault::{Fault, chain};
use super::limits::Ladder;
use super::limits::Limits;
use crate::code::{CodeKeys, UserCodeFormat};
use crate::grant::{Facts, Fence, Grant, Nonce, Pacing, Timestamp};
use crate::host::{
    Clock, Entropy, Event, EventKind, GrantDirectory, GrantStore, Limiter, Observer, Policy,
    PortError, TokenIssuer, TokenRevoker, Visitor,
};
use crate::message::EndpointUri;

/// Everything that [`DeviceGrants`](super::DeviceGrants) works with, checked by the builder.
pub(super) struct Inner {
    pub(super) issuer: Arc<str>,
    pub(super) verification_uri: EndpointUri,
    pub(super) store: Arc<dyn GrantStore>,
    pub(super) directory: Option<Arc<dyn GrantDirectory>>,
    pub(super) token_issuer: Arc<dyn TokenIssuer>,
    pub(super) token_revoker: Option<Arc<dyn TokenRevoker>>,
    pub(super) limiter: Arc<dyn Limiter>,
    pub(super) policy: Option<Arc<dyn Policy>>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) keys: CodeKeys,
    pub(super) formats: Formats,
    pub(super) ladder: Ladder,
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
    /// What clients get whose terms do not say otherwise.
    pub(super) default: UserCodeFormat,
    /// What some clients get.
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

    /// Tells the observer, if there is one, what `event` makes.
    pub(super) fn observe(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer.observe(&event());
        }
    }

    /// Tells the observer what happened to a grant, in which state the event finds it.
    pub(super) fn observe_grant(&self, kind: EventKind, grant: &Grant, now: Timestamp) {
        self.observe(|| {
            let mut event = Event::new(kind, now);
            event.grant = Some(grant.id());
            event.client = Some(grant.facts().client_id.clone());
            event.subject = grant.state().subject().cloned();
            event
        });
    }

    /// Tells the observer what a visitor did, and at which grant.
    pub(super) fn observe_visit(
        &self,
        kind: EventKind,
        grant: Option<&Arc<Facts>>,
        visitor: &Visitor,
        now: Timestamp,
    ) {
        self.observe(|| {
            let mut event = Event::new(kind, now);
            event.grant = grant.map(|grant| grant.id);
            event.client = grant.map(|grant| grant.client_id.clone());
            event.subject = Some(visitor.subject().clone());
            event
        });
    }

    /// Tells the observer of a fault, and returns it.
    pub(super) fn fault(&self, fault: Fault) -> Fault {
        self.observe_fault(&fault);
        fault
    }

    /// Tells the observer of a port's error.
    pub(super) fn observe_fault(&self, error: &(dyn std::error::Error + 'static)) {
        self.observe(|| {
            let cause = chain(error);
            Event::new(EventKind::Fault { cause }, self.now())
        });
    }

    pub(super) fn observe_unavailable(
        &self,
        cause: &(dyn std::error::Error + 'static),
        grant: &Grant,
        now: Timestamp,
    ) {
        self.observe_grant(
            EventKind::RedemptionPostponed {
                cause: chain(cause),
            },
            grant,
            now,
        );
    }
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
