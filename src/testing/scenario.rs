use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::executor::Executor;
use super::{Device, EndUser, ManualClock, RecordedEvents, SeededEntropy, StepError};
use crate::code::GrantId;
use crate::device_grants::{BuildError, Builder, DeviceGrants, Revocation};
use crate::grant::Timestamp;
use crate::host::{Clock, TokenIssuer};

/// A server with its devices and end users, on a clock that the test moves.
///
/// All steps are synchronous: a step runs to its end before the next line of the test. Codes come from a
/// [`SeededEntropy`], so they are the same in each run.
///
/// ```
/// use device_grant::testing::{Poll, Scenario, ScriptedIssuer};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let tv = t.device("tv").authorize("openid")?;
/// assert_eq!(tv.poll()?, Poll::Pending);
///
/// t.visitor("alice").approve(&tv)?;
/// assert_eq!(tv.poll()?, Poll::Tokens);
/// assert_eq!(t.events().names(), ["authorized", "reviewed", "approved", "redeemed"]);
/// # Ok::<(), device_grant::testing::StepError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scenario {
    grants: DeviceGrants,
    clock: ManualClock,
    events: RecordedEvents,
    executor: Executor,
}

impl Scenario {
    /// A server with default settings, in memory, with this token issuer.
    #[must_use]
    pub fn new(token_issuer: impl TokenIssuer + 'static) -> Self {
        super::must(Self::with(token_issuer, |builder| builder))
    }

    /// A server with your own settings or ports, which `configure` adds to the builder.
    ///
    /// The builder has memory, clock, observer and entropy already. If you set another clock or observer,
    /// move or read that one.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use device_grant::testing::{Poll, Scenario, ScriptedIssuer};
    ///
    /// let lifetime = Duration::from_secs(60);
    /// let t = Scenario::with(ScriptedIssuer::new([]), |builder| builder.lifetime(lifetime))?;
    /// let tv = t.device("tv").authorize("openid")?;
    /// t.advance(lifetime);
    /// assert_eq!(tv.poll()?, Poll::Expired);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with(
        token_issuer: impl TokenIssuer + 'static,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, BuildError> {
        Self::on_clock(ManualClock::new(), token_issuer, configure)
    }

    /// A server as by [`with`](Self::with), on a clock that another part uses as well, such as the issuer.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn on_clock(
        clock: ManualClock,
        token_issuer: impl TokenIssuer + 'static,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, BuildError> {
        let events = RecordedEvents::new();
        let builder = DeviceGrants::builder(Self::ISSUER, token_issuer)
            .verification_uri(Self::VERIFICATION_URI)
            .in_memory()
            .clock(clock.clone())
            .entropy(SeededEntropy::new(0))
            .observer(events.clone());
        let grants = configure(builder).build()?;
        Ok(Self::around(grants, clock, events))
    }

    /// A scenario for grants that you have built, with this clock and this observer.
    #[must_use]
    pub fn around(grants: DeviceGrants, clock: ManualClock, events: RecordedEvents) -> Self {
        Self {
            grants,
            clock,
            events,
            executor: Executor::default(),
        }
    }

    /// Sets the function that runs the future of each step, for ports that need a runtime. Default:
    /// [`block_on`](super::block_on), without a runtime.
    ///
    /// If the function returns before the future has ended, the step [hung](StepError::Hung).
    /// Existing devices and end users keep their function.
    ///
    /// ```
    /// use std::time::Duration;
    /// use device_grant::host::{Redemption, issuer_fn};
    /// use device_grant::message::TokenResponse;
    /// use device_grant::testing::{Poll, Scenario};
    ///
    /// let issuer = issuer_fn(|_: Redemption| async {
    ///     // Such as a query by sqlx.
    ///     tokio::time::sleep(Duration::from_millis(1)).await;
    ///     Ok(TokenResponse::bearer("token", Duration::from_secs(3600)))
    /// });
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let t = Scenario::new(issuer).block_on(move |step| runtime.block_on(step));
    /// let tv = t.device("tv").authorize("openid")?;
    /// t.visitor("alice").approve(&tv)?;
    /// assert_eq!(tv.poll()?, Poll::Tokens);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn block_on(
        mut self,
        block_on: impl Fn(Pin<&mut dyn Future<Output = ()>>) + Send + Sync + 'static,
    ) -> Self {
        self.executor = Executor::new(block_on);
        self
    }

    /// The issuer identifier of the server.
    pub const ISSUER: &str = "https://id.example";
    /// The verification URI of the server.
    pub const VERIFICATION_URI: &str = "https://id.example/activate";

    /// A device of the public client with this id. The client may ask for any scope, on the server's terms.
    #[must_use]
    pub fn device(&self, client_id: &str) -> Device {
        Device::new(self.grants.clone(), self.executor.clone(), client_id)
    }

    /// An end user who is signed in as `subject` and visits the verification page.
    #[must_use]
    pub fn visitor(&self, subject: &str) -> EndUser {
        EndUser::new(self.grants.clone(), self.executor.clone(), subject)
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Returns the time of the clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Returns the recorded events.
    #[must_use]
    pub fn events(&self) -> &RecordedEvents {
        &self.events
    }

    /// Returns the service, for an endpoint or a page under test.
    #[must_use]
    pub fn grants(&self) -> &DeviceGrants {
        &self.grants
    }

    /// Calls [`DeviceGrants::revoke_as_administrator`].
    ///
    /// # Errors
    ///
    /// [`StepError::Fault`], [`StepError::Hung`], [`StepError::Panicked`].
    pub fn revoke(&self, grant: &GrantId) -> Result<Revocation, StepError> {
        self.executor
            .catch(self.grants.revoke_as_administrator(grant))
    }

    /// Calls [`DeviceGrants::purge`].
    ///
    /// # Errors
    ///
    /// [`StepError::Fault`], [`StepError::Hung`], [`StepError::Panicked`].
    pub fn purge(&self, limit: u32) -> Result<u64, StepError> {
        self.executor.catch(self.grants.purge(limit))
    }
}
