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

/// Makes the store and the limiter of a single process. Functions, because the clock may be set after `in_memory`, and
/// because this layer must not import the stores.
#[derive(Clone, Copy)]
pub(crate) struct InProcess {
    pub(crate) store: fn(Arc<dyn Clock>) -> Stores,
    pub(crate) limiter: fn(Arc<dyn Clock>) -> Arc<dyn Limiter>,
}

/// Builds a [`DeviceGrants`](super::DeviceGrants).
///
/// Required are [`verification_uri`](Self::verification_uri), and either [`in_memory`](Self::in_memory) or
/// [`store`](Self::store), [`limiter`](Self::limiter) and [`keys`](Self::keys).
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

    /// Sets the directory for lists of devices and "sign out everywhere"
    /// ([`list_own`](super::DeviceGrants::list_own), [`revoke_all_own`](super::DeviceGrants::revoke_all_own) and the methods for
    /// administrators). If your store implements `GrantDirectory`, pass it here as well, and set
    /// [`retention`](Self::retention), the time for which a grant is found.
    ///
    /// Default: none. With [`in_memory`](Self::in_memory) it is that store, which finds a grant for one hour unless you
    /// set `retention`.
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

    /// Sets the limiter, which limits attempts. Required; all nodes with the same store have to share it.
    pub fn limiter(mut self, limiter: impl Limiter + 'static) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Sets the keys for the digests of user codes. Required, and the same on all nodes with the same store.
    pub fn keys(mut self, keys: CodeKeys) -> Self {
        self.keys = Some(keys.of_one_service());
        self
    }

    /// Sets the policy: your own rules. Default: none; only the clients' terms apply.
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Sets the revoker, which revokes the tokens of a revoked grant. Default: none. Without one, issued tokens stay
    /// valid until they expire: a device that was signed out stays signed in until then, and each revocation
    /// returns [`Revocation::TokensLiveOn`](super::Revocation::TokensLiveOn).
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

    /// Sets the timer. It ends calls of store, directory, limiter, policy, revoker and announcer after the
    /// [timeout](Self::port_timeout), reports calls that have waited for one second to the observer, and lets polls
    /// [wait](Self::waiting_polls). Default: none; calls have no timeout, and no poll waits.
    ///
    /// With a timer, once 64 calls of a port have waited for one second, further ones fail at once, except those of the issuer,
    /// purges, and the writes of a decision or a redemption. This bounds the number of requests that wait for a store which
    /// does not answer.
    ///
    /// With feature `tokio`, pass [`System`].
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// Sets the longest time that a call of a port other than the token issuer may take: 100 ms to 60 s. Default: 5 s. It needs a
    /// [`timer`](Self::timer).
    ///
    /// After a timeout the device gets `temporarily_unavailable`, with status 503 and `Retry-After`. A write may have happened
    /// all the same, as after any error of a store. Calls of the issuer and of `purge` are not ended; tokens that come after
    /// the [`lease`](Self::lease) are discarded.
    pub fn port_timeout(mut self, timeout: Duration) -> Self {
        self.port_timeout = timeout;
        self
    }

    /// Sets the number of polls that may [wait](super::DeviceGrants::poll_or_wait) for a decision at the same time, and the
    /// longest wait: 1 s to 30 s. Default: 10,000 polls and 30 s. With 0 polls, or without a [`timer`](Self::timer), no
    /// poll waits.
    ///
    /// A poll waits only if its device asks for it (`Prefer: wait=N`,
    /// [RFC 7240 §4.3](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)). Meanwhile it takes an HTTP connection and less
    /// than 2 KiB of memory. Set the read timeout of a proxy in front of the server to more than the longest wait.
    pub fn waiting_polls(mut self, most: usize, longest: Duration) -> Self {
        self.waiting_polls = most;
        self.longest_wait = longest;
        self
    }

    /// Sets the announcer, which notifies other nodes of decisions, so that polls that [wait](Self::waiting_polls) there are
    /// answered at once. Spawn [`listen`](super::DeviceGrants::listen) as well. Default: none; a waiting poll learns of a
    /// decision at another node within one interval.
    ///
    /// Each decision then makes one more call. If that fails, the decision stands.
    pub fn announcer(mut self, announcer: impl Announcer + 'static) -> Self {
        self.announcer = Some(Arc::new(announcer));
        self
    }

    /// Sets the source of random bytes. Default: the operating system's generator.
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Sets the format of user codes. Default: eight of the RFC's 20 consonants, and up to twelve in a flood
    /// ([RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)).
    pub fn user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.formats.default = format;
        self
    }

    /// Adds a format of user codes, for clients whose terms name it. The verification page accepts all formats.
    pub fn also_user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.formats.others.push(format);
        self
    }

    /// Sets the authentication context classes that your sign-in supports (`acr_values_supported` of OpenID Connect
    /// Discovery). If a client requests some of them, the [approval](crate::Approval::acr) has to state one of these;
    /// otherwise it fails with [`DecisionError::StepUp`](crate::DecisionError). Other requested classes are stored but not
    /// enforced, as [OpenID Connect Core §15.1](https://openid.net/specs/openid-connect-core-1_0.html#ServerMTI) allows.
    /// Default: none.
    ///
    /// `max_age` needs no setting: it is always enforced, by the [`auth_time`](crate::Approval::auth_time) of the approval.
    pub fn acr_values_supported<A: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = A>,
    ) -> Self {
        self.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the limits on guessing and on requests. Default: `Limits::default()`.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the lifetime of codes: 1 s to 30 min, in whole seconds. A client's terms may set less. Default: 600 s
    /// (`expires_in`, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    ///
    /// The bound on guessing holds for one lifetime. So with a longer lifetime, fewer codes of each length can be issued in an
    /// hour.
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

    /// Sets the time for which an approved grant is stored after its codes expired: 60 s to 366 days, and at least the
    /// [`lease`](Self::lease) and the [`clock_skew`](Self::clock_skew). Default: one hour. Required with a
    /// [`directory`](Self::directory).
    ///
    /// Set it to the lifetime of your longest-lived token: lists of devices and "sign out everywhere" do not find a device whose
    /// grant was deleted while its refresh token is still valid.
    ///
    /// A grant that nobody approved is stored for at most one hour. During that hour its polls get `expired_token`, and its user
    /// code is not drawn again.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Sets the longest time from the review of a grant to its decision: 1 s to 30 min. Default: 600 s.
    pub fn review_lifetime(mut self, lifetime: Duration) -> Self {
        self.review_lifetime = lifetime;
        self
    }

    /// Sets the time that an attempt to issue tokens has, before a later poll may start another one: 1 s to 300 s.
    /// Default: 30 s.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the time after the delivery of the tokens in which the device may get them once more, because the response may have
    /// been lost: 1 s to 300 s, and never after the codes have expired. Default: none; after a lost response the person has
    /// to approve again.
    ///
    /// The poll has to come from the same client with the same key and PKCE verifier. Set it only if your token issuer keeps
    /// clause 3 of its contract: its answer to a [redelivery](crate::host::Redemption::is_redelivery) has to be the only
    /// valid set of tokens.
    pub fn redelivery(mut self, window: Duration) -> Self {
        self.redelivery = Some(window);
        self
    }

    /// Sets the time after the approval in which the device may get its tokens: at least twice the polling interval, at most
    /// 30 min, and never after the codes have expired. Default: until the codes expire.
    ///
    /// A device that polls gets its tokens within seconds. A short window, such as 60 s, limits what a phisher gains by
    /// delaying a victim after the approval. After the window, polls get `expired_token`
    /// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)), and the event is
    /// [`ApprovalLapsed`](crate::host::EventKind::ApprovalLapsed). An attempt that began within the window may still
    /// commit while its [`lease`](Self::lease) lasts.
    pub fn redemption_window(mut self, window: Duration) -> Self {
        self.redemption_window = Some(window);
        self
    }

    /// Sets how far the clocks of the store's servers may differ, such as those before and after a failover: at most 10 s.
    /// Default: 0 s.
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
