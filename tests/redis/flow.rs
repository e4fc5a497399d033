//! The whole flow on a store, as hosts and people drive it.

use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::device_grants::{AuthorizeError, ReviewError};
use device_grant::grant::Arrival;
use device_grant::host::{Client, GrantStore, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, Reply, TokenResponse};
use device_grant::testing::Unlimited;
use device_grant::{
    Approval, Builder, DecisionError, DeviceGrants, Fault, PollOutcome, Review, ReviewTicket,
};
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};

/// A server on this store that limits nothing; its lease is short, because crashes leave leases behind.
pub(crate) fn server(store: impl GrantStore + 'static) -> DeviceGrants {
    builder(store)
        .lease(Duration::from_secs(2))
        .build()
        .unwrap()
}

pub(crate) fn builder(store: impl GrantStore + 'static) -> Builder {
    let issuer = issuer_fn(|redemption: Redemption| async move {
        let token = format!("{} {:?}", redemption.grant.id, redemption.attempt);
        Ok(TokenResponse::bearer(
            token.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
            HOUR,
        ))
    });
    let keys = CodeKeys::from_base64("bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u");
    DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .store(store)
        .limiter(Unlimited)
        .keys(keys.unwrap())
}

const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid profile".parse().unwrap()))
}

pub(crate) fn alice() -> Visitor {
    Visitor::new("alice").with_session("laptop")
}

/// A device that shows its code.
#[derive(Clone)]
pub(crate) struct Device(DeviceAuthorizationResponse);

impl Device {
    pub(crate) async fn authorize(grants: &DeviceGrants) -> Result<Self, AuthorizeError> {
        let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).unwrap();
        grants.authorize(&tv(), request).await.map(Self)
    }

    pub(crate) async fn poll(&self, grants: &DeviceGrants) -> Result<PollOutcome, Fault> {
        grants
            .poll(&tv(), DeviceTokenRequest::new(&*self.0.device_code))
            .await
    }

    /// Polls, and waits for a decision.
    pub(crate) async fn wait(&self, grants: &DeviceGrants) -> Result<Reply, Fault> {
        let request = DeviceTokenRequest::new(&*self.0.device_code).with_prefer(["wait=30"]);
        grants.poll_or_wait(&tv(), request).await
    }

    pub(crate) async fn review(&self, grants: &DeviceGrants) -> Result<Review, ReviewError> {
        grants
            .review(&self.0.user_code, Arrival::Typed, &alice())
            .await
    }
}

pub(crate) async fn approve(
    grants: &DeviceGrants,
    ticket: &ReviewTicket,
) -> Result<(), DecisionError> {
    let alice = alice();
    let approved = grants.approve(ticket, &alice, Approval::all());
    approved.await.map(|_| ())
}

/// A device whose grant has been approved.
pub(crate) async fn approved(grants: &DeviceGrants) -> Device {
    let device = Device::authorize(grants).await.unwrap();
    let review = device.review(grants).await.unwrap();
    approve(grants, &review.ticket).await.unwrap();
    device
}
