//! Grants led to each of their ends, and what was acknowledged on the way.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::device_grants::{AuthorizeError, ReviewError};
use device_grant::grant::Arrival;
use device_grant::host::{Client, GrantStore, Redemption, System, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::testing::{Poll, Unlimited};
use device_grant::{
    Approval, DecisionError, DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest, Fault,
    PollOutcome,
};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The last thing that somebody was told about a grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Told {
    Issued,
    Approved,
    Denied,
    Redeemed,
    /// A step failed, and may have been made.
    Unclear,
}

impl Told {
    const ENDS: [Self; 4] = [Self::Issued, Self::Approved, Self::Denied, Self::Redeemed];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ENDS.into_iter().chain([Self::Unclear]);
        all.find(|told| told.to_string() == name)
    }

    /// Returns whether a poll says the same.
    fn agrees(self, outcome: &PollOutcome) -> bool {
        match self {
            Self::Issued => outcome.is_pending(),
            Self::Approved => matches!(outcome, PollOutcome::Tokens(_)),
            Self::Denied => matches!(outcome, PollOutcome::Denied),
            Self::Redeemed => matches!(outcome, PollOutcome::InvalidGrant),
            Self::Unclear => true,
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A server on a store.
#[derive(Clone)]
pub(crate) struct Server(DeviceGrants);

pub(crate) type Codes = DeviceAuthorizationResponse;

/// The reason for which a grant is led no further.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Fault),
    /// The grant is not where it should be, as is looked at in the end.
    Refused,
}

impl Server {
    pub(crate) fn on(store: impl GrantStore + 'static) -> Self {
        let issuer = issuer_fn(|_: Redemption| async {
            Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
        });
        let grants = DeviceGrants::builder("https://id.example.com", issuer)
            .verification_uri("https://id.example.com/activate")
            .store(store)
            .limiter(Unlimited)
            .timer(System)
            .keys(CodeKeys::from_bytes([[7; 32]]).unwrap());
        Self(grants.build().unwrap())
    }

    /// Leads one grant after another to each of its ends, and tells of each step that was acknowledged, until it is over. The
    /// failures that it meets have to be such that another try makes sense.
    pub(crate) async fn work(
        &self,
        is_over: &AtomicBool,
        mut tell: impl FnMut(&str, Told),
        mut failed: impl FnMut(),
    ) {
        for told in Told::ENDS.into_iter().cycle() {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            if let Err(Stop::Failed(fault)) = self.lead(told, &mut tell).await {
                assert!(fault.is_retryable(), "{fault:?}");
                failed();
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn lead(&self, to: Told, tell: &mut impl FnMut(&str, Told)) -> Result<(), Stop> {
        let codes = self.issue().await?;
        tell(&codes.device_code, Told::Issued);
        let led = self.lead_on(&codes, to, tell).await;
        if let Err(Stop::Failed(_)) = led {
            tell(&codes.device_code, Told::Unclear);
        }
        led
    }

    async fn lead_on(
        &self,
        codes: &Codes,
        to: Told,
        tell: &mut impl FnMut(&str, Told),
    ) -> Result<(), Stop> {
        let code = &*codes.device_code;
        if !self.poll(code).await?.is_pending() {
            return Err(Stop::Refused);
        }
        let decision = match to {
            Told::Issued | Told::Unclear => return Ok(()),
            Told::Denied => Told::Denied,
            Told::Approved | Told::Redeemed => Told::Approved,
        };
        self.decide(codes, decision).await?;
        tell(code, decision);
        if to == Told::Redeemed {
            if !Told::Approved.agrees(&self.poll(code).await?) {
                return Err(Stop::Refused);
            }
            tell(code, to);
        }
        Ok(())
    }

    pub(crate) async fn issue(&self) -> Result<Codes, Stop> {
        let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).unwrap();
        Ok(self.0.authorize(&tv(), request).await?)
    }

    pub(crate) async fn decide(&self, codes: &Codes, decision: Told) -> Result<(), Stop> {
        let alice = Visitor::new("alice").with_session("of alice");
        let review = self.0.review(&codes.user_code, Arrival::Typed, &alice);
        let ticket = review.await?.ticket;
        if decision == Told::Denied {
            self.0.deny(&ticket, &alice).await?;
        } else {
            self.0.approve(&ticket, &alice, Approval::all()).await?;
        }
        Ok(())
    }

    /// Returns what a device hears.
    pub(crate) async fn hear(&self, codes: &Codes) -> Result<Poll, Stop> {
        Ok(Poll::from(&self.poll(&codes.device_code).await?))
    }

    async fn poll(&self, code: &str) -> Result<PollOutcome, Stop> {
        Ok(self.0.poll(&tv(), DeviceTokenRequest::new(code)).await?)
    }

    /// Returns a line for each grant that is not where somebody was told last. The last one was under way when the server
    /// failed: its next step may have been made.
    pub(crate) async fn lost(&self, told: &[(String, Told)]) -> Vec<String> {
        let Some((under_way, _)) = told.last() else {
            return Vec::new();
        };
        let last: HashMap<_, _> = told.iter().cloned().collect();
        let mut lost = Vec::new();
        for (code, told) in last.iter().filter(|(code, _)| *code != under_way) {
            let outcome = self.poll(code).await;
            if !outcome.as_ref().is_ok_and(|outcome| told.agrees(outcome)) {
                let outcome = outcome.as_ref().map(Poll::from);
                lost.push(format!("{told:?}, and the poll says {outcome:?}"));
            }
        }
        println!("{} of {} grants are lost", lost.len(), last.len());
        lost.sort_unstable();
        for same in lost.chunk_by(|one, other| one == other) {
            println!("{} times {}", same.len(), same[0]);
        }
        lost
    }

    /// Waits until a grant can be led to its end again.
    pub(crate) async fn until_served(&self) {
        let served = async {
            while self.lead(Told::Redeemed, &mut |_, _| {}).await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let served = tokio::time::timeout(LONGEST_OUTAGE, served).await;
        served.expect("the service does not come back");
    }

    /// Returns the problems that the server finds with its settings.
    pub(crate) async fn problems(&self) -> String {
        let problems = self.0.check().await;
        let lines = problems.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl From<AuthorizeError> for Stop {
    fn from(error: AuthorizeError) -> Self {
        if let AuthorizeError::Fault(fault) = error {
            Self::Failed(fault)
        } else {
            Self::Refused
        }
    }
}

impl From<ReviewError> for Stop {
    fn from(error: ReviewError) -> Self {
        if let ReviewError::Fault(fault) = error {
            Self::Failed(fault)
        } else {
            Self::Refused
        }
    }
}

impl From<DecisionError> for Stop {
    fn from(error: DecisionError) -> Self {
        if let DecisionError::Fault(fault) = error {
            Self::Failed(fault)
        } else {
            Self::Refused
        }
    }
}

/// Workers, and what they were told.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    failures: Arc<AtomicUsize>,
    workers: Vec<JoinHandle<Vec<(String, Told)>>>,
}

const WORKERS: usize = 8;

impl Load {
    pub(crate) fn start(service: &Server) -> Self {
        let (is_over, failures) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let worker = |()| {
            let (is_over, failures) = (Arc::clone(&is_over), Arc::clone(&failures));
            let service = service.clone();
            tokio::spawn(async move {
                let mut all = Vec::new();
                let tell = |code: &str, told| all.push((code.to_owned(), told));
                let failed = || _ = failures.fetch_add(1, Ordering::Relaxed);
                service.work(&is_over, tell, failed).await;
                all
            })
        };
        let workers = [(); WORKERS].map(worker).into();
        Self {
            is_over,
            failures,
            workers,
        }
    }

    /// Returns the number of steps that have failed.
    pub(crate) fn failures(&self) -> usize {
        self.failures.load(Ordering::Relaxed)
    }

    /// Ends the work. Returns the number of steps that were acknowledged, and of the grants that are not where somebody was
    /// told.
    pub(crate) async fn finish(self, service: &Server) -> (usize, usize) {
        self.is_over.store(true, Ordering::Relaxed);
        let (mut steps, mut lost) = (0, 0);
        for worker in self.workers {
            let told = worker.await.unwrap();
            steps += told
                .iter()
                .filter(|(_, told)| *told != Told::Unclear)
                .count();
            lost += service.lost(&told).await.len();
        }
        let failures = self.failures.load(Ordering::Relaxed);
        println!("{steps} steps were acknowledged, {failures} failed, {lost} grants are lost");
        (steps, lost)
    }
}

/// Longer than any server of these tests is down.
const LONGEST_OUTAGE: Duration = Duration::from_secs(120);

fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid".parse().unwrap()))
}
