use std::sync::Arc;
use std::time::Duration;

use super::DeviceGrants;
use super::build_error::{BuildError, Problems};
use super::builder::Builder;
use super::heard::Heard;
use super::inner::Inner;
use super::limits::Ladder;
use super::service::Service;
use super::watch::{Watch, Watched};
use crate::code::{CodeKeys, GuessBudget, LengthBudget};
use crate::grant::Pacing;
use crate::host::{EntropyRng, LimitKeys};
use crate::message::{EndpointUri, Issuer};

pub(super) const SECOND: Duration = Duration::from_secs(1);
/// The longest that codes may live.
const LONGEST_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// The longest polling interval.
pub(super) const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// The shortest that a grant may be remembered after its expiry.
const SHORTEST_RETENTION: Duration = Duration::from_secs(60);
/// The time for which a grant is remembered after its expiry, unless the host says so.
const DEFAULT_RETENTION: Duration = Duration::from_secs(3_600);
/// The longest that a grant may be remembered after its expiry.
const LONGEST_RETENTION: Duration = Duration::from_secs(366 * 24 * 3_600);
/// The most that the clocks of nodes may disagree.
const LONGEST_SKEW: Duration = Duration::from_secs(10);
/// The longest that a poll may wait for a decision.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The bounds of the time that a call of a port may take.
const SHORTEST_PORT_TIMEOUT: Duration = Duration::from_millis(100);
const LONGEST_PORT_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest that one attempt to issue tokens may take, and that it may be answered again.
const LONGEST_LEASE: Duration = Duration::from_secs(300);

impl Builder {
    /// Checks all settings and builds the service.
    ///
    /// # Errors
    ///
    /// [`BuildError`], which lists every problem with the settings.
    pub fn build(self) -> Result<DeviceGrants, BuildError> {
        let (settings, inner) = self.checked(None)?;
        Ok(DeviceGrants(Arc::new(Service::new(settings, inner))))
    }

    /// Checks all settings, of a server that starts, or of one that runs with the settings `running`. Returns the complete settings
    /// and the service that is built of them.
    pub(super) fn checked(mut self, running: Option<&Self>) -> Result<(Self, Inner), BuildError> {
        // First, so that the kept settings have the stores and keys: `reconfigure` would make new, empty ones otherwise.
        self.keep_in_memory();
        let mut problems = Problems::default();
        if let Some(running) = running {
            self.check_unchanged(running, &mut problems);
        }
        let issuer = self.check_issuer(&mut problems);
        let verification_uri = self.check_verification_uri(&mut problems);
        self.check_times(&mut problems);
        self.check_skew(&mut problems);
        let ladder = self.check_guess_budget(&mut problems);
        self.keys = self.take_keys(&mut problems);
        let settings = self.clone();
        let (pacing, retention) = (self.pacing(), self.kept());
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
            (issuer, verification_uri, self.keys, store, limiter)
        else {
            return Err(problems.into_error());
        };
        if !problems.is_empty() {
            return Err(problems.into_error());
        }
        let observer = Heard(self.observer);
        let watch = Arc::new(Watch {
            observer: observer.clone(),
            clock: Arc::clone(&self.clock),
            timer: self.timer.clone(),
            timeout: self.port_timeout,
        });
        let policy = self
            .policy
            .map(|policy| Arc::new(Watched::new(&watch, "policy", policy)));
        let announcer = self
            .announcer
            .map(|announcer| Arc::new(Watched::new(&watch, "announcer", announcer)));
        // Operators see its calls as those of the store, because it reads the same rows.
        let directory = self
            .directory
            .map(|directory| Arc::new(Watched::new(&watch, "store", directory)));
        let token_revoker = self
            .token_revoker
            .map(|revoker| Arc::new(Watched::new(&watch, "revoker", revoker)));
        let inner = Inner {
            issuer: issuer.as_str().into(),
            verification_uri,
            store: Arc::new(Watched::new(&watch, "store", store)),
            directory,
            token_issuer: Arc::new(Watched::new(&watch, "issuer", self.token_issuer)),
            token_revoker,
            limiter: Arc::new(Watched::new(&watch, "limiter", limiter)),
            policy,
            observer,
            clock: self.clock,
            announcer,
            timer: self.timer,
            waits: Arc::default(),
            waiting_polls: self.waiting_polls,
            longest_wait: self.longest_wait,
            entropy: self.entropy,
            keys,
            formats: self.formats,
            ladder,
            authorization_keys: LimitKeys::of("authorization", issuer.as_str()),
            entry_keys: LimitKeys::of("entry", issuer.as_str()),
            acr_values: self.acr_values,
            limits: self.limits,
            pacing,
            lifetime: self.lifetime,
            interval: self.interval,
            retention,
            review_lifetime: self.review_lifetime,
            lease: self.lease,
            redelivery: self.redelivery,
            redemption_window: self.redemption_window,
        };
        Ok((settings, inner))
    }

    /// After [`in_memory`](Self::in_memory), makes the store, the directory and the limiter that are not set.
    fn keep_in_memory(&mut self) {
        let Some(in_process) = self.in_process else {
            return;
        };
        if self.store.is_none() {
            let (store, directory) = (in_process.store)(Arc::clone(&self.clock));
            self.store = Some(store);
            if self.directory.is_none() {
                // A retention is required with other directories. This one ends with the process, so a default will do.
                self.directory = Some(directory);
                self.retention.get_or_insert(DEFAULT_RETENTION);
            }
        }
        self.limiter
            .get_or_insert_with(|| (in_process.limiter)(Arc::clone(&self.clock)));
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
        let remedy = "call `.verification_uri(...)` with the page that end users are sent to";
        let uri = problems.require("verification_uri", self.verification_uri.as_ref(), remedy)?;
        EndpointUri::parse(uri)
            .map_err(|error| {
                let value = format!("{uri:?}");
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
        for (setting, value, shortest, longest, remedy) in [
            (
                "lifetime",
                self.lifetime,
                SECOND,
                LONGEST_LIFETIME,
                "set 600 s, which gives people enough time and a phisher little",
            ),
            (
                "polling_interval",
                self.interval,
                SECOND,
                LONGEST_INTERVAL,
                "set 5 s, which clients expect",
            ),
            (
                "retention",
                self.kept(),
                SHORTEST_RETENTION,
                LONGEST_RETENTION,
                "set one hour, or the lifetime of your longest-lived token if you list devices",
            ),
            (
                "review_lifetime",
                self.review_lifetime,
                SECOND,
                LONGEST_LIFETIME,
                "leave it at 600 s",
            ),
            (
                "lease",
                self.lease,
                SECOND,
                LONGEST_LEASE,
                "make it longer than the token issuer ever takes",
            ),
            (
                "redelivery",
                // If the setting is off, a value within the bounds takes its place.
                self.redelivery.unwrap_or(SECOND),
                SECOND,
                LONGEST_LEASE,
                "set 60 s, in which a device polls again",
            ),
            (
                "waiting_polls",
                self.longest_wait,
                SECOND,
                LONGEST_WAIT,
                "set 30 s, which most proxies allow",
            ),
            (
                "redemption_window",
                self.redemption_window.unwrap_or(LONGEST_LIFETIME),
                // Two intervals: within one, a single lost poll would end an approval.
                self.interval.saturating_mul(2).min(LONGEST_LIFETIME),
                LONGEST_LIFETIME,
                "set 60 s, in which a device polls several times",
            ),
            (
                "port_timeout",
                self.port_timeout,
                SHORTEST_PORT_TIMEOUT,
                LONGEST_PORT_TIMEOUT,
                "set 5 s, for which a device can wait",
            ),
        ] {
            if value < shortest || value > longest {
                let bound = format!("has to be {shortest:?} to {longest:?}");
                problems.add(setting, format_args!("{value:?}"), bound, remedy);
            }
        }
        self.check_whole_seconds(problems);
        self.check_retention(problems);
        if self.interval > self.lifetime / 2 {
            let bound = format!("has to be at most half the lifetime of {:?}", self.lifetime);
            let value = format!("{:?}", self.interval);
            problems.add(
                "polling_interval",
                value,
                bound,
                "set a shorter interval or a longer lifetime",
            );
        }
    }

    fn check_retention(&self, problems: &mut Problems) {
        let shortest = self.lease.saturating_add(self.clock_skew);
        let kept = self.kept();
        if self.directory.is_some() && self.retention.is_none() {
            let remedy = "set the lifetime of your longest-lived token: lists and sign-outs find a device for this time";
            problems.add("retention", "", "is required with a directory", remedy);
        } else if kept >= SHORTEST_RETENTION && kept < shortest {
            let bound = format!("has to be at least the lease and the skew, {shortest:?}");
            let remedy = "raise it: a grant must not be deleted while its tokens are being issued";
            problems.add("retention", format_args!("{kept:?}"), bound, remedy);
        }
    }

    /// The time for which an approved grant is remembered after its expiry.
    fn kept(&self) -> Duration {
        self.retention.unwrap_or(DEFAULT_RETENTION)
    }

    fn check_skew(&self, problems: &mut Problems) {
        let bound = if self.clock_skew > LONGEST_SKEW {
            format!("has to be at most {LONGEST_SKEW:?}")
        // `check_times` reports a shorter interval, and no skew would suit it.
        } else if self.interval >= SECOND && !self.pacing().suits(self.interval) {
            format!(
                "has to be below half the polling interval of {:?}",
                self.interval
            )
        } else {
            return;
        };
        let value = format!("{:?}", self.clock_skew);
        problems.add("clock_skew", value, bound, "synchronize the clocks by NTP");
    }

    fn pacing(&self) -> Pacing {
        Pacing::default().clock_skew(self.clock_skew)
    }

    fn check_whole_seconds(&self, problems: &mut Problems) {
        for (setting, value) in [
            ("lifetime", self.lifetime),
            ("polling_interval", self.interval),
        ] {
            if value.subsec_nanos() != 0 {
                let value = format!("{value:?}");
                problems.add(
                    setting,
                    value,
                    "has to be whole seconds",
                    "set whole seconds, in which the protocol counts",
                );
            }
        }
    }

    /// Divides the bound on guessing among the lengths of codes, and checks that each format has a length to draw.
    fn check_guess_budget(&self, problems: &mut Problems) -> Ladder {
        let bound = self.limits.expected_hits;
        let budget = GuessBudget::new(bound, self.lifetime, self.formats.iter());
        // Reported alone: without a sound bound, each format would be reported too, with numbers that mean nothing.
        if !self.limits.is_bounded() {
            let range = format!(
                "has to be above 0 and at most {:e}",
                GuessBudget::MAX_EXPECTED_HITS
            );
            let remedy = "leave `Limits::expected_hits` at its default";
            problems.add("limits", format_args!("{bound:e}"), range, remedy);
            return Ladder::new(budget, &self.issuer);
        }
        for format in self.formats.iter() {
            let Some(longest) = format.each_length().last() else {
                continue;
            };
            if budget.of(&longest).is_some_and(LengthBudget::is_drawn) {
                continue;
            }
            let needed = budget.required_code_space();
            problems.add(
                "user_code_format",
                format_args!("{:.1} bits at its longest", longest.bits()),
                format_args!(
                    "has to be at least {:.1} bits, such as {} of the RFC's 20 consonants, and more beside other \
                     formats ({budget})",
                    needed.log2(),
                    needed.log(20.0).ceil(),
                ),
                "let it grow by `UserCodeFormat::with_lengths`, or raise `Limits::expected_hits`",
            );
        }
        Ladder::new(budget, &self.issuer)
    }

    fn take_keys(&self, problems: &mut Problems) -> Option<CodeKeys> {
        if self.keys.is_some() || self.in_process.is_none() {
            let remedy = "call `.keys(CodeKeys::from_base64(...)?)` with what `openssl rand -base64 32` prints, or \
                           `.in_memory()` for a single process";
            return problems.require("keys", self.keys.clone(), remedy);
        }
        CodeKeys::generate(&mut EntropyRng::new(&*self.entropy))
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
