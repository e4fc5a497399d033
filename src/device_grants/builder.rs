use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::DeviceGrants;
use super::build_error::{BuildError, Problems};
use super::limits::Limits;
use super::ports::{Formats, Ports};
use crate::code::{CodeKeys, GuessBudget, UserCodeFormat};
use crate::grant::Pacing;
use crate::host::{
    Clock, Entropy, GrantStore, Limiter, Observer, Policy, SystemClock, SystemEntropy, TokenIssuer,
};
use crate::message::{EndpointUri, Issuer};

/// The longest that codes may live.
const LONGEST_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// The longest polling interval.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// Puts [`DeviceGrants`] together: [`store`](Self::store), [`limiter`](Self::limiter) and [`keys`](Self::keys), or
/// [`in_memory`](Self::in_memory), are required.
#[must_use]
pub struct Builder {
    issuer: String,
    verification_uri: String,
    token_issuer: Arc<dyn TokenIssuer>,
    store: Option<Arc<dyn GrantStore>>,
    limiter: Option<Arc<dyn Limiter>>,
    keys: Option<CodeKeys>,
    draws_keys: bool,
    policy: Option<Arc<dyn Policy>>,
    observer: Option<Arc<dyn Observer>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    formats: Formats,
    limits: Limits,
    lifetime: Duration,
    interval: Duration,
    retention: Duration,
    review_lifetime: Duration,
    lease: Duration,
    clock_skew: Duration,
}

impl Builder {
    pub(super) fn new(
        issuer: String,
        verification_uri: String,
        token_issuer: Arc<dyn TokenIssuer>,
    ) -> Self {
        Self {
            issuer,
            verification_uri,
            token_issuer,
            store: None,
            limiter: None,
            keys: None,
            draws_keys: false,
            policy: None,
            observer: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            formats: Formats::default(),
            limits: Limits::default(),
            lifetime: Duration::from_secs(600),
            interval: Duration::from_secs(5),
            retention: Duration::from_secs(3_600),
            review_lifetime: Duration::from_secs(600),
            lease: Duration::from_secs(30),
            clock_skew: Duration::ZERO,
        }
    }

    /// This store and limiter unless others are set, and freshly drawn keys.
    #[cfg(feature = "memory")]
    pub(crate) fn in_process(
        mut self,
        store: impl GrantStore + 'static,
        limiter: impl Limiter + 'static,
    ) -> Self {
        self.store.get_or_insert_with(|| Arc::new(store));
        self.limiter.get_or_insert_with(|| Arc::new(limiter));
        self.draws_keys = true;
        self
    }

    /// Where grants live. Required.
    pub fn store(mut self, store: impl GrantStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Who has tried too often. Required, and shared by all nodes that share the store.
    pub fn limiter(mut self, limiter: impl Limiter + 'static) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// The keys under which user codes are stored. Required, and the same on all nodes that share the store.
    pub fn keys(mut self, keys: CodeKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The host's rules. Default: none besides the clients' terms.
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Who hears what happens. Default: nobody.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// What time it is. Default: the system's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where random bytes come from. Default: the operating system.
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// The format of user codes. Default: the RFC's 20 consonants, eight of them
    /// ([RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)).
    pub fn user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.formats.default = format;
        self
    }

    /// One more format, for clients whose terms name it. The verification page reads them all.
    pub fn also_user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.formats.others.push(format);
        self
    }

    /// How often things may happen.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long codes live: 1 s to 30 min, in whole seconds. A client's own terms may say less. Default: 600 s
    /// (`expires_in`, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long a device waits between polls: 1 s to 60 s, in whole seconds, and at most half the lifetime.
    /// Default: 5 s (`interval`, [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub fn polling_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long after its expiry a grant is remembered, so that `expired_token` goes on being the answer and no
    /// user code is drawn again soon: at least 60 s. Default: one hour.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// How long after its review a grant may be decided: 1 s to 30 min. Default: 600 s.
    pub fn review_lifetime(mut self, lifetime: Duration) -> Self {
        self.review_lifetime = lifetime;
        self
    }

    /// How long one attempt to issue tokens may take before the next poll may begin another: 1 s to 300 s.
    /// Default: 30 s.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How far the clocks of nodes that share the store may disagree: at most 10 s. Default: none.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.clock_skew = skew;
        self
    }

    /// Checks everything at once.
    ///
    /// # Errors
    ///
    /// [`BuildError`], with every problem that there is.
    pub fn build(self) -> Result<DeviceGrants, BuildError> {
        let mut problems = Problems::default();
        let issuer = self.check_issuer(&mut problems);
        let verification_uri = self.check_verification_uri(&mut problems);
        self.check_times(&mut problems);
        self.check_guess_budget(&mut problems);
        let keys = self.take_keys(&mut problems);
        let store = problems.require(
            "store",
            self.store,
            "call `.store(...)`, or `.in_memory()` for a single process",
        );
        let limiter = problems.require(
            "limiter",
            self.limiter,
            "call `.limiter(...)`, or `.in_memory()` for a single process",
        );
        let (Some(issuer), Some(verification_uri), Some(keys), Some(store), Some(limiter)) =
            (issuer, verification_uri, keys, store, limiter)
        else {
            return Err(problems.into_error());
        };
        if !problems.is_empty() {
            return Err(problems.into_error());
        }
        Ok(DeviceGrants(Arc::new(Ports {
            issuer: issuer.as_str().into(),
            verification_uri,
            store,
            token_issuer: self.token_issuer,
            limiter,
            policy: self.policy,
            observer: self.observer,
            clock: self.clock,
            entropy: self.entropy,
            keys,
            formats: self.formats,
            limits: self.limits,
            pacing: Pacing::default().clock_skew(self.clock_skew),
            lifetime: self.lifetime,
            interval: self.interval,
            retention: self.retention,
            review_lifetime: self.review_lifetime,
            lease: self.lease,
        })))
    }

    fn check_issuer(&self, problems: &mut Problems) -> Option<Issuer> {
        Issuer::parse(&self.issuer)
            .map_err(|error| {
                problems.add(
                    "issuer",
                    format_args!("{:?}", self.issuer),
                    error,
                    "name the https URL of the server",
                )
            })
            .ok()
    }

    fn check_verification_uri(&self, problems: &mut Problems) -> Option<EndpointUri> {
        EndpointUri::parse(&self.verification_uri)
            .map_err(|error| {
                let value = format_args!("{:?}", self.verification_uri);
                problems.add(
                    "verification_uri",
                    value,
                    error,
                    "name the https URL of the page that end users are sent to",
                );
            })
            .ok()
    }

    fn check_times(&self, problems: &mut Problems) {
        let second = Duration::from_secs(1);
        let mut within = |setting, value: Duration, shortest, longest, way_out| {
            if value < shortest || value > longest {
                problems.add(
                    setting,
                    format_args!("{value:?}"),
                    format_args!("has to be {shortest:?} to {longest:?}"),
                    way_out,
                );
            }
        };
        within(
            "lifetime",
            self.lifetime,
            second,
            LONGEST_LIFETIME,
            "600 s suits people and hardly any phisher",
        );
        within(
            "polling_interval",
            self.interval,
            second,
            LONGEST_INTERVAL,
            "5 s is what clients expect",
        );
        within(
            "retention",
            self.retention,
            60 * second,
            366 * 24 * 3_600 * second,
            "one hour is enough",
        );
        within(
            "review_lifetime",
            self.review_lifetime,
            second,
            LONGEST_LIFETIME,
            "leave it at 600 s",
        );
        within(
            "lease",
            self.lease,
            second,
            300 * second,
            "make it longer than the token issuer ever takes",
        );
        within(
            "clock_skew",
            self.clock_skew,
            Duration::ZERO,
            10 * second,
            "let the nodes keep time by NTP",
        );
        for (setting, value) in [
            ("lifetime", self.lifetime),
            ("polling_interval", self.interval),
        ] {
            if value.subsec_nanos() != 0 {
                problems.add(
                    setting,
                    format_args!("{value:?}"),
                    "has to be whole seconds",
                    "the protocol counts in seconds",
                );
            }
        }
        if self.interval > self.lifetime / 2 {
            let bound = format_args!("has to be at most half the lifetime of {:?}", self.lifetime);
            problems.add(
                "polling_interval",
                format_args!("{:?}", self.interval),
                bound,
                "poll more often or live longer",
            );
        }
    }

    /// Whether guessing can pay: in the smallest code space in use, over the longest lifetime.
    fn check_guess_budget(&self, problems: &mut Problems) {
        let smallest = self
            .formats
            .iter()
            .map(UserCodeFormat::code_space)
            .fold(f64::INFINITY, f64::min);
        let (failed, issued) = (self.limits.failed_entries, self.limits.authorizations);
        let budget = GuessBudget::new(self.lifetime, smallest)
            .failed_entries(failed.rate(), f64::from(failed.burst()))
            .issuances(issued.rate(), f64::from(issued.burst()));
        if !budget.is_within_bound() {
            problems.add(
                "user_code_format",
                format_args!("{:.1} bits", smallest.log2()),
                format_args!(
                    "has to be at least {:.1} bits at these limits and this lifetime ({budget})",
                    budget.required_code_space().log2()
                ),
                "take a longer format, lower `limits(...)`, or a shorter lifetime",
            );
        }
    }

    fn take_keys(&self, problems: &mut Problems) -> Option<CodeKeys> {
        if self.keys.is_some() || !self.draws_keys {
            let way_out =
                "call `.keys(CodeKeys::from_base64(...)?)` with a secret of 32 random bytes";
            return problems.require("keys", self.keys.clone(), way_out);
        }
        CodeKeys::generate(&mut crate::host::EntropyRng(&*self.entropy))
            .map_err(|error| {
                problems.add(
                    "entropy",
                    "",
                    format_args!("failed: {error}"),
                    "check the operating system's generator",
                )
            })
            .ok()
    }
}

/// Whether a client's own interval and lifetime go together.
pub(super) fn is_sound_timing(interval: Duration, lifetime: Duration) -> bool {
    let second = Duration::from_secs(1);
    let is_whole = interval.subsec_nanos() == 0 && lifetime.subsec_nanos() == 0;
    is_whole
        && second <= interval
        && interval <= LONGEST_INTERVAL
        && second <= lifetime
        && interval <= lifetime / 2
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
