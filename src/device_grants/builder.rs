use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::build::LONGEST_WAIT;
use super::inner::Formats;
use super::limits::Limits;
use crate::code::{CodeKeys, UserCodeFormat};
use crate::host::{
    Announcer, Clock, Entropy, GrantDirectory, GrantStore, Limiter, Observer, Policy, System,
    Timer, TokenIssuer, TokenRevoker,
};

/// A store and its directory.
pub(crate) type Stores = (Arc<dyn GrantStore>, Arc<dyn GrantDirectory>);

/// Makes what a single process keeps in its memory, on the clock that the builder has in the end.
#[derive(Clone, Copy)]
pub(crate) struct InProcess {
    pub(crate) store: fn(Arc<dyn Clock>) -> Stores,
    pub(crate) limiter: fn(Arc<dyn Clock>) -> Arc<dyn Limiter>,
}

/// Puts [`DeviceGrants`](super::DeviceGrants) together: [`verification_uri`](Self::verification_uri), and [`store`](Self::store), [`limiter`](Self::limiter) and [`keys`](Self::keys), or
/// [`in_memory`](Self::in_memory), are required.
#[derive(Clone)]
#[must_use]
pub struct Builder {
    pub(super) issuer: String,
    pub(super) verification_uri: Option<String>,
    pub(super) token_issuer: Arc<dyn TokenIssuer>,
    pub(super) token_revoker: Option<Arc<dyn TokenRevoker>>,
    pub(super) store: Option<Arc<dyn GrantStore>>,
    pub(super) directory: Option<Arc<dyn GrantDirectory>>,
    pub(super) limiter: Option<Arc<dyn Limiter>>,
    pub(super) keys: Option<CodeKeys>,
    pub(super) in_process: Option<InProcess>,
    pub(super) policy: Option<Arc<dyn Policy>>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) announcer: Option<Arc<dyn Announcer>>,
    pub(super) timer: Option<Arc<dyn Timer>>,
    pub(super) port_timeout: Duration,
    pub(super) waiting_polls: usize,
    pub(super) longest_wait: Duration,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) formats: Formats,
    pub(super) acr_values: Vec<String>,
    pub(super) limits: Limits,
    pub(super) lifetime: Duration,
    pub(super) interval: Duration,
    pub(super) retention: Option<Duration>,
    pub(super) review_lifetime: Duration,
    pub(super) lease: Duration,
    pub(super) redelivery: Option<Duration>,
    pub(super) redemption_window: Option<Duration>,
    pub(super) clock_skew: Duration,
}

impl Builder {
    pub(super) fn new(issuer: String, token_issuer: Arc<dyn TokenIssuer>) -> Self {
        Self {
            issuer,
            verification_uri: None,
            token_issuer,
            token_revoker: None,
            store: None,
            directory: None,
            limiter: None,
            keys: None,
            in_process: None,
            policy: None,
            observer: None,
            clock: Arc::new(System),
            announcer: None,
            timer: None,
            port_timeout: Duration::from_secs(5),
            waiting_polls: 10_000,
            longest_wait: LONGEST_WAIT,
            entropy: Arc::new(System),
            formats: Formats::default(),
            acr_values: Vec::new(),
            limits: Limits::default(),
            lifetime: Duration::from_secs(600),
            interval: Duration::from_secs(5),
            retention: None,
            review_lifetime: Duration::from_secs(600),
            lease: Duration::from_secs(30),
            redelivery: None,
            redemption_window: None,
            clock_skew: Duration::ZERO,
        }
    }

    /// This store and limiter unless others are set, and freshly drawn keys.
    #[cfg(feature = "memory")]
    pub(crate) fn in_process(mut self, in_process: InProcess) -> Self {
        self.in_process = Some(in_process);
        self
    }

    /// Sets the address of the page at which end users enter their codes: an https URI, or http on a loopback host.
    /// Required (`verification_uri`, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub fn verification_uri(mut self, uri: impl Into<String>) -> Self {
        self.verification_uri = Some(uri.into());
        self
    }

    /// Sets the store, which keeps the grants. Required.
    pub fn store(mut self, store: impl GrantStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Sets the directory that lists of devices and "sign out everywhere" read
    /// ([`list_own`](super::DeviceGrants::list_own), [`revoke_all_own`](super::DeviceGrants::revoke_all_own) and the forms for
    /// administrators). If your store implements `GrantDirectory`, pass it here as well, and say by
    /// [`retention`](Self::retention) for how long a grant is found. Default: none, or the store of
    /// [`in_memory`](Self::in_memory), which forgets everything with its process and finds a grant for an hour unless
    /// `retention` says more.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// # use device_grant::host::{Redemption, issuer_fn};
    /// # use device_grant::message::TokenResponse;
    /// # use device_grant::DeviceGrants;
    /// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use device_grant::store::MemoryStore;
    ///
    /// let store = Arc::new(MemoryStore::new());
    /// let grants = DeviceGrants::builder("https://id.example", issuer)
    ///     .verification_uri("https://id.example/activate")
    ///     .in_memory()
    ///     .store(store.clone())
    ///     .directory(store)
    ///     .retention(Duration::from_secs(90 * 24 * 3_600))
    ///     .build()?;
    /// # }
    /// # Ok::<(), device_grant::BuildError>(())
    /// ```
    pub fn directory(mut self, directory: impl GrantDirectory + 'static) -> Self {
        self.directory = Some(Arc::new(directory));
        self
    }

    /// Sets the limiter, which counts attempts. Required, and shared by all nodes that share the store.
    pub fn limiter(mut self, limiter: impl Limiter + 'static) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Sets the keys under which user codes are stored. Required, and the same on all nodes that share the store.
    pub fn keys(mut self, keys: CodeKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sets the policy, the host's own rules. Default: none besides the clients' terms.
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Sets the revoker that ends the tokens of a grant that is revoked. Default: none. Without one, tokens that were issued
    /// live on until they expire: a device that was signed out stays signed in for as long, and every revocation
    /// says so ([`Revocation::TokensLiveOn`](super::Revocation::TokensLiveOn)).
    pub fn token_revoker(mut self, revoker: impl TokenRevoker + 'static) -> Self {
        self.token_revoker = Some(Arc::new(revoker));
        self
    }

    /// Sets the observer of all events. Default: none.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sets the clock. Default: the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the timer that ends calls of store, limiter and policy after the [timeout](Self::port_timeout), tells the
    /// observer of calls that have waited for a second, and lets polls [wait](Self::waiting_polls). Default: none: a call takes
    /// as long as it takes, and no poll waits.
    ///
    /// With a timer, once 64 calls of a port have waited for a second, further ones fail at once. So a store that stands still
    /// gathers no more calls than come within about a second.
    ///
    /// With feature `tokio`, pass [`System`].
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// Sets the longest that one call of store, limiter or policy may take: 100 ms to 60 s. Default: 5 s. It needs a
    /// [`timer`](Self::timer).
    ///
    /// A device whose call is given up is told `temporarily_unavailable`, with status 503 and `Retry-After`. A write that was
    /// given up may have happened, as after any error of a store. Calls of the issuer are bounded by the
    /// [`lease`](Self::lease), and those of `purge` are not.
    pub fn port_timeout(mut self, timeout: Duration) -> Self {
        self.port_timeout = timeout;
        self
    }

    /// Sets the number of polls that may [wait](super::DeviceGrants::poll_or_wait) for a decision at once, and the longest that
    /// each may wait: 1 s to 30 s. Default: 10,000 and 30 s. With 0 polls no poll waits, and so it is without a
    /// [`timer`](Self::timer).
    ///
    /// A poll waits only if its device asks for it (`Prefer: wait=N`,
    /// [RFC 7240 §4.3](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)), and takes a connection and at most four kilobytes
    /// of memory besides meanwhile. A proxy in front of the server has to let requests
    /// take longer than this.
    pub fn waiting_polls(mut self, most: usize, longest: Duration) -> Self {
        self.waiting_polls = most;
        self.longest_wait = longest;
        self
    }

    /// Sets the announcer that carries decisions to other nodes, so that polls that [wait](Self::waiting_polls) there are answered
    /// at once. Default: none, and a decision at another node is found within an interval. It takes a task besides, which
    /// [listens](super::DeviceGrants::listen).
    ///
    /// A decision makes one more call then, which may fail without harm.
    pub fn announcer(mut self, announcer: impl Announcer + 'static) -> Self {
        self.announcer = Some(Arc::new(announcer));
        self
    }

    /// Sets the source of random bytes. Default: the operating system.
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Sets the format of user codes. Default: the RFC's 20 consonants, eight of them, and up to twelve in a flood
    /// ([RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)).
    pub fn user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.formats.default = format;
        self
    }

    /// Adds a format of user codes, for clients whose terms name it. The verification page reads them all.
    pub fn also_user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.formats.others.push(format);
        self
    }

    /// Sets the authentication context classes that sign-ins here can meet (`acr_values_supported` of OpenID Connect
    /// Discovery). A client that asks for some of them is approved only by an end user whose
    /// [approval](crate::Approval::acr) says one of these; the others are
    /// [asked to sign in again](crate::DecisionError). Classes that are not among these are kept and not
    /// enforced, as [OpenID Connect Core §15.1](https://openid.net/specs/openid-connect-core-1_0.html#ServerMTI) has it.
    /// Default: none.
    ///
    /// `max_age` needs no setting: it is always enforced, by what the approval says of
    /// [`auth_time`](crate::Approval::auth_time).
    pub fn acr_values_supported<A: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = A>,
    ) -> Self {
        self.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the limits on guessing and on requests.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the lifetime of codes: 1 s to 30 min, in whole seconds. A client's own terms may say less. Default: 600 s
    /// (`expires_in`, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    ///
    /// Guessing is bounded over one lifetime, so that codes which live longer are issued more slowly before they become
    /// longer.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the polling interval: 1 s to 60 s, in whole seconds, and at most half the lifetime.
    /// Default: 5 s (`interval`, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub fn polling_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets how long after the expiry of its codes an approved grant is remembered: 60 s to 366 days, and at least the
    /// [`lease`](Self::lease) and the [`clock_skew`](Self::clock_skew). Default: one hour; required with a
    /// [`directory`](Self::directory).
    ///
    /// Lists of devices and sign-outs find a grant for as long, so it should be the longest life of a token: "sign out
    /// everywhere" misses a device whose grant is forgotten while its refresh token lives.
    ///
    /// A grant that nobody approved is remembered for an hour at most, whatever this says, so that `expired_token` goes
    /// on being the answer and no user code is drawn again soon.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Sets the time after its review in which a grant may be decided: 1 s to 30 min. Default: 600 s.
    pub fn review_lifetime(mut self, lifetime: Duration) -> Self {
        self.review_lifetime = lifetime;
        self
    }

    /// Sets the time that one attempt to issue tokens has before the next poll may begin another: 1 s to 300 s.
    /// Default: 30 s.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the time after their delivery in which the same device may get its tokens once more, in case the response was lost:
    /// 1 s to 300 s, and never after the codes have expired. Default: none, and a lost response costs the person a second
    /// approval.
    ///
    /// The device has to be the same client with the same key and PKCE verifier. Turn it on only with a token issuer that keeps
    /// clause 3 of its contract: what it answers to a [redelivery](crate::host::Redemption::is_redelivery) is the one live
    /// set.
    pub fn redelivery(mut self, window: Duration) -> Self {
        self.redelivery = Some(window);
        self
    }

    /// Sets the time after the approval in which the device may come for its tokens: at least twice the polling interval, at most
    /// 30 min, and never after the codes have expired. Default: until then.
    ///
    /// A device that keeps polling is there within seconds. A short window, such as a minute, limits what a phisher gains by
    /// delaying a victim after the approval. The device is told `expired_token`
    /// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)), for good, and the
    /// [event](crate::host::EventKind::ApprovalLapsed) tells the host. An attempt that began within the window may still
    /// commit while its [`lease`](Self::lease) lasts.
    pub fn redemption_window(mut self, window: Duration) -> Self {
        self.redemption_window = Some(window);
        self
    }

    /// Sets the difference that the clocks of nodes may have that share the store: at most 10 s. Default: none.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("issuer", &self.issuer)
            .field("verification_uri", &self.verification_uri)
            .field("formats", &self.formats)
            .field("limits", &self.limits)
            .field("lifetime", &self.lifetime)
            .field("polling_interval", &self.interval)
            .finish_non_exhaustive()
    }
}
