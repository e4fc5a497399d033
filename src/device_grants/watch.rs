use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::heard::Heard;
use super::slow::Slow;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Facts, Timestamp};
use crate::host::{
    Announcer, ApprovalContext, AuthorizationContext, Charge, Charged, Clock, Event, EventKind,
    GrantDirectory, GrantStore, IssueError, Limiter, NewRow, PageRequest, Policy, PollRecord,
    PortError, Redemption, Replacement, Row, Ruling, Timer, TokenIssuer, TokenRevocation,
    TokenRevoker, until,
};
use crate::message::TokenResponse;

/// The watch over the calls of every port: names the method that fails, reports the duration of calls, and bounds them.
pub(super) struct Watch {
    pub(super) observer: Heard,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timer: Option<Arc<dyn Timer>>,
    /// The longest that a call of a port other than the issuer may take, if there is a timer.
    pub(super) timeout: Duration,
}

/// A port whose calls are watched.
pub(super) struct Watched<P: ?Sized> {
    pub(super) watch: Arc<Watch>,
    pub(super) name: &'static str,
    slow: Slow,
    pub(super) inner: Arc<P>,
}

/// The reason why a call was given up.
#[derive(Debug, thiserror::Error)]
enum GivenUp {
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    #[error("{0} calls have been waiting for a second or more, so this one was not begun")]
    Shed(usize),
}

impl Watch {
    /// The time after which a call that still waits is reported.
    const SLOW: Duration = Duration::from_secs(1);
    /// The number of slow calls of a port, or of slow polls of a grant, beyond which no more are begun.
    // The calls that wait are the probes: the first answer makes room, so there is no circuit breaker to reset.
    const MOST_SLOW: usize = 64;
}

// A port is called as `(*self.inner).call()`: `self.inner.call()` would be that of the `Arc`, which boxes one more future.
impl<P: ?Sized> Watched<P> {
    pub(super) fn new(watch: &Arc<Watch>, name: &'static str, inner: Arc<P>) -> Self {
        Self {
            watch: Arc::clone(watch),
            name,
            slow: Slow::default(),
            inner,
        }
    }

    /// Makes a call, unless too many are slow, and gives it up after the timeout.
    fn bounded<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> impl Future<Output = Result<T, PortError>> {
        self.bounded_of(None, operation, call)
    }

    /// The same for a call that polls a grant, if there is an id.
    async fn bounded_of<T>(
        &self,
        polled: Option<&GrantId>,
        operation: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let ahead = self.slow.ahead_of(polled);
        if ahead >= Watch::MOST_SLOW {
            let called_at = self.called_at();
            self.tell(operation, called_at, false);
            return Err(PortError::unavailable(GivenUp::Shed(ahead)).of(operation));
        }
        self.begun_of(polled, operation, call).await
    }

    /// Makes a call, however many are slow, and gives it up after the timeout. It is for the last calls of an operation: if they
    /// were refused, it would be unknown whether issued tokens are committed.
    fn begun<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> impl Future<Output = Result<T, PortError>> {
        self.begun_of(None, operation, call)
    }

    async fn begun_of<T>(
        &self,
        polled: Option<&GrantId>,
        operation: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let called_at = self.called_at();
        let timeout = self.watch.timeout;
        let result = match self.raced(polled, operation, call, Some(timeout)).await {
            Some(result) => result,
            None => Err(PortError::unavailable(GivenUp::Late(timeout))),
        };
        self.tell(operation, called_at, result.is_ok());
        result.map_err(|error| error.of(operation))
    }

    /// Makes a call that has no timeout, because no device and no person waits for it.
    async fn unbounded<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let called_at = self.called_at();
        let result = call.await;
        self.tell(operation, called_at, result.is_ok());
        result.map_err(|error| error.of(operation))
    }

    fn called_at(&self) -> Option<Timestamp> {
        // The two readings of the clock are for the event alone.
        let is_heard = self.watch.observer.0.is_some();
        is_heard.then(|| self.watch.clock.now())
    }

    fn tell(&self, operation: &'static str, called_at: Option<Timestamp>, is_ok: bool) {
        let Some(called_at) = called_at else {
            return;
        };
        let (port, now) = (self.name, self.watch.clock.now());
        self.watch.observer.tell(|| {
            let took = now.duration_until(called_at);
            let kind = EventKind::PortCalled {
                port,
                operation,
                took,
                is_ok,
            };
            Event::new(kind, now)
        });
    }

    /// Awaits a call, reports it if it is slow, and returns `None` if it takes longer than the timeout.
    async fn raced<T>(
        &self,
        polled: Option<&GrantId>,
        operation: &'static str,
        call: impl Future<Output = T>,
        timeout: Option<Duration>,
    ) -> Option<T> {
        let Some(timer) = self.watch.timer.as_deref() else {
            return Some(call.await);
        };
        let mut call = pin!(call);
        // Two timers, one after the other, so that most calls need one, and only slow calls are counted.
        let usual = timeout.map_or(Watch::SLOW, |timeout| timeout.min(Watch::SLOW));
        if let Some(output) = until(call.as_mut(), || timer.sleep(usual)).await {
            return Some(output);
        }
        // A guard, because the caller may drop this future: a call that stayed in the count would have others refused for a port
        // that works.
        let _slow = self.slow.call(polled.copied());
        let port = self.name;
        self.watch.observer.tell(|| {
            let kind = EventKind::PortSlow { port, operation };
            Event::new(kind, self.watch.clock.now())
        });
        match timeout {
            Some(timeout) => until(call, || timer.sleep(timeout.saturating_sub(usual))).await,
            None => Some(call.await),
        }
    }
}

impl Watched<dyn GrantStore> {
    pub(super) async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.bounded("insert", (*self.inner).insert(new)).await
    }

    pub(super) async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.bounded("find", (*self.inner).find(id)).await
    }

    pub(super) async fn find_by_user_code(
        &self,
        codes: &[UserCodeDigest],
    ) -> Result<Vec<Row>, PortError> {
        let found = (*self.inner).find_by_user_code(codes);
        self.bounded("find_by_user_code", found).await
    }

    pub(super) async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.begun("replace", (*self.inner).replace(replacement))
            .await
    }

    /// The row after a `replace` whose outcome is unknown.
    pub(super) async fn find_again(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.begun("find", (*self.inner).find(id)).await
    }

    pub(super) async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let polled = (*self.inner).record_poll(poll);
        self.bounded_of(Some(&poll.id), "record_poll", polled).await
    }

    pub(super) async fn now(&self) -> Result<Timestamp, PortError> {
        self.bounded("now", (*self.inner).now()).await
    }

    pub(super) async fn check(&self) -> Result<Vec<String>, PortError> {
        self.bounded("check", (*self.inner).check()).await
    }

    pub(super) async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.unbounded("purge", (*self.inner).purge(limit)).await
    }
}

impl Watched<dyn GrantDirectory> {
    pub(super) async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        self.bounded("list", (*self.inner).list(page)).await
    }
}

/// A revocation is given up after the timeout. The caller gets the error, and calls again.
impl Watched<dyn TokenRevoker> {
    pub(super) async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError> {
        self.bounded("revoke_grant", (*self.inner).revoke_grant(grant))
            .await
    }

    pub(super) async fn revoke_token(
        &self,
        revocation: &TokenRevocation,
    ) -> Result<bool, PortError> {
        self.bounded("revoke_token", (*self.inner).revoke_token(revocation))
            .await
    }
}

impl Watched<dyn Announcer> {
    pub(super) async fn announce(&self, id: &GrantId) -> Result<(), PortError> {
        self.bounded("announce", (*self.inner).announce(id)).await
    }
}

impl Watched<dyn Limiter> {
    pub(super) async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        self.bounded("charge", (*self.inner).charge(charges)).await
    }

    pub(super) async fn check(&self) -> Result<Vec<String>, PortError> {
        self.bounded("check", (*self.inner).check()).await
    }

    pub(super) async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.unbounded("purge", (*self.inner).purge(limit)).await
    }
}

impl Watched<dyn Policy> {
    pub(super) async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError> {
        let ruling = (*self.inner).at_authorization(context);
        self.bounded("at_authorization", ruling).await
    }

    pub(super) async fn at_approval(
        &self,
        context: &ApprovalContext<'_>,
    ) -> Result<Ruling, PortError> {
        let ruling = (*self.inner).at_approval(context);
        self.bounded("at_approval", ruling).await
    }

    pub(super) async fn at_redemption(&self, redemption: &Redemption) -> Result<Ruling, PortError> {
        let ruling = (*self.inner).at_redemption(redemption);
        self.bounded("at_redemption", ruling).await
    }
}

/// A call of the issuer has no timeout: tokens that it has made would be lost, and the lease bounds it.
impl Watched<dyn TokenIssuer> {
    pub(super) async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let called_at = self.called_at();
        let issued = self.raced(None, "issue", (*self.inner).issue(redemption), None);
        let Some(result) = issued.await else {
            return Err(IssueError::unavailable("no answer"));
        };
        // A refusal is an answer: the port works.
        let is_ok = !matches!(result, Err(IssueError::Unavailable { .. }));
        self.tell("issue", called_at, is_ok);
        result
    }

    pub(super) async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        let called_at = self.called_at();
        (*self.inner).discard(redemption, tokens).await;
        self.tell("discard", called_at, true);
    }
}
