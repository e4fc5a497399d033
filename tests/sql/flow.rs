//! The steps of a device authorization, for tests that wait for a database at each.

use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::device_grants::{AuthorizeError, Review, ReviewError};
use device_grant::grant::Arrival;
use device_grant::host::{Client, GrantStore, PortError, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, Scope, TokenResponse};
use device_grant::testing::Unlimited;
use device_grant::{Approval, Builder, DecisionError, DeviceGrants, Fault, PollOutcome};
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};

/// One node of a server with this store.
pub(crate) fn node(store: impl GrantStore + 'static) -> DeviceGrants {
    builder(store).build().unwrap()
}

pub(crate) fn builder(store: impl GrantStore + 'static) -> Builder {
    let issuer = issuer_fn(|redemption: Redemption| async move {
        let token = redemption.attempt;
        Ok(TokenResponse::bearer(&token, Duration::from_secs(3_600)))
    });
    let keys = CodeKeys::from_base64("bm90IGEgc2VjcmV0OiBmb3IgdGVzdHMgb2Ygc3RvcmVzLi4").unwrap();
    DeviceGrants::builder("https://as.example", issuer)
        .verification_uri("https://as.example/activate")
        .store(store)
        .limiter(Unlimited)
        .keys(keys)
        .lease(Duration::from_secs(1))
}

pub(crate) fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid".parse::<Scope>().unwrap()))
}

pub(crate) fn alice() -> Visitor {
    Visitor::new("alice").with_session("laptop")
}

pub(crate) async fn authorize(
    node: &DeviceGrants,
) -> Result<DeviceAuthorizationResponse, AuthorizeError> {
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).unwrap();
    node.authorize(&tv(), request).await
}

pub(crate) async fn review(
    node: &DeviceGrants,
    device: &DeviceAuthorizationResponse,
) -> Result<Review, ReviewError> {
    let visitor = alice();
    node.review(&device.user_code, Arrival::Typed, &visitor)
        .await
}

pub(crate) async fn approve(node: &DeviceGrants, review: &Review) -> Result<(), DecisionError> {
    let alice = alice();
    let approved = node.approve(&review.ticket, &alice, Approval::all());
    approved.await.map(|_| ())
}

pub(crate) async fn poll(
    node: &DeviceGrants,
    device: &DeviceAuthorizationResponse,
) -> Result<PollOutcome, Fault> {
    node.poll(&tv(), DeviceTokenRequest::new(&*device.device_code))
        .await
}

/// Polls until the grant is redeemed; how many tokens were delivered.
pub(crate) async fn poll_to_the_end(
    node: &DeviceGrants,
    device: &DeviceAuthorizationResponse,
) -> usize {
    let mut delivered = 0;
    loop {
        match again(async || poll(node, device).await).await {
            PollOutcome::Tokens(_) => delivered += 1,
            PollOutcome::InvalidGrant => return delivered,
            // An attempt has a lease.
            PollOutcome::Pending | PollOutcome::Unavailable { .. } => {}
            wrong @ (PollOutcome::SlowDown { .. }
            | PollOutcome::Denied
            | PollOutcome::Refused(_)
            | PollOutcome::Expired
            | PollOutcome::UnauthorizedClient
            | _) => panic!("an approved grant is {wrong:?}"),
        }
        tokio::task::yield_now().await;
    }
}

/// The wait after a failure. Hundreds of flows that tried again at once would leave a server no time to come back.
const PAUSE: Duration = Duration::from_millis(20);

/// Longer than any server of a test is down.
const LONGEST_OUTAGE: Duration = Duration::from_secs(120);

/// Repeats a step until it works; each failure before it has to be one after which that makes sense.
///
/// # Panics
///
/// If it does not work for as long as [`LONGEST_OUTAGE`], with the last failure.
pub(crate) async fn again<T, E: Failure>(step: impl AsyncFn() -> Result<T, E>) -> T {
    let mut last = None;
    let works = async {
        loop {
            match step().await {
                Ok(done) => return done,
                Err(failure) => {
                    assert!(failure.is_retryable(), "{failure:?}");
                    last = Some(failure);
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let done = tokio::time::timeout(LONGEST_OUTAGE, works).await;
    done.unwrap_or_else(|_| panic!("it goes on failing: {last:?}"))
}

pub(crate) trait Failure: std::fmt::Debug {
    fn is_retryable(&self) -> bool;
}

impl Failure for Fault {
    fn is_retryable(&self) -> bool {
        self.is_retryable()
    }
}

impl Failure for PortError {
    fn is_retryable(&self) -> bool {
        self.is_retryable()
    }
}

impl Failure for AuthorizeError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_retryable())
    }
}

impl Failure for ReviewError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_retryable())
    }
}

impl Failure for DecisionError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_retryable())
    }
}
