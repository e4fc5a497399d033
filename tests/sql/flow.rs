//! The steps of a device authorization, for tests that wait for a database at each.

use std::time::Duration;

use device_grant::device_grants::Review;
use device_grant::grant::{Arrival, Origin};
use device_grant::host::{Client, GrantStore, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{
    DeviceAuthorizationRequest, DeviceAuthorizationResponse, DeviceTokenRequest, Scope,
    TokenResponse,
};
use device_grant::{Approval, DeviceGrants, Fault, PollOutcome};

pub(crate) fn grants(store: impl GrantStore + 'static) -> DeviceGrants {
    let issuer = issuer_fn(|redemption: Redemption| async move {
        let token = redemption.attempt().to_string();
        Ok(TokenResponse::bearer(&token, Duration::from_secs(3_600)))
    });
    DeviceGrants::builder("https://as.example", "https://as.example/activate", issuer)
        .in_memory()
        .store(store)
        .build()
        .unwrap()
}

pub(crate) fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid".parse::<Scope>().unwrap()))
}

pub(crate) async fn authorize(grants: &DeviceGrants) -> DeviceAuthorizationResponse {
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).unwrap();
    grants
        .authorize(&tv(), request, Origin::new())
        .await
        .unwrap()
}

pub(crate) async fn review(grants: &DeviceGrants, device: &DeviceAuthorizationResponse) -> Review {
    let visitor = alice();
    grants
        .review(device.user_code(), Arrival::Typed, &visitor)
        .await
        .unwrap()
}

pub(crate) async fn approve(grants: &DeviceGrants, review: &Review) {
    grants
        .approve(&review.ticket(), &alice(), Approval::all())
        .await
        .unwrap();
}

pub(crate) async fn poll(
    grants: &DeviceGrants,
    device: &DeviceAuthorizationResponse,
) -> Result<PollOutcome, Fault> {
    grants
        .poll(&tv(), DeviceTokenRequest::new(device.device_code()))
        .await
}

pub(crate) fn alice() -> Visitor {
    Visitor::new("alice").session("laptop")
}
