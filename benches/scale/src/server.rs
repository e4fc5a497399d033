//! The service over memory, under a clock that moves only when a round moves it.

use std::time::Duration;

use device_grant::code::UserCodeFormat;
use device_grant::grant::Arrival;
use device_grant::host::{Client, Quota, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::{Approval, DeviceGrants, Limits, PollOutcome, ReviewTicket};
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};

use crate::hands::Hands;
use crate::ready::ready;

const SCOPE: &str = "openid profile offline_access";

/// The service, its one client, and somebody who approves.
pub(crate) struct Server {
    grants: DeviceGrants,
    client: Client,
    visitor: Visitor,
    clock: Hands,
}

impl Server {
    /// A service without grants, with the limits of each visitor and source out of the way.
    pub(crate) fn new() -> Self {
        let issuer = issuer_fn(|_: Redemption| async {
            Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
        });
        let clock = Hands::default();
        let no_limit = Quota::new(u32::MAX, Duration::from_secs(1));
        let limits = Limits::default()
            .entries_per_subject(no_limit)
            .entries_per_source(no_limit)
            .expected_hits(1e-3);
        // Two million codes are issued at once at each of these lengths.
        let format = UserCodeFormat::base20().with_lengths(14..=20);
        let grants = DeviceGrants::builder("https://id.example", issuer)
            .verification_uri("https://id.example/activate")
            .in_memory()
            .clock(clock.clone())
            .lifetime(Duration::from_secs(600))
            .user_code_format(format.expect("14 to 20 characters"))
            .limits(limits)
            .build()
            .expect("the settings are sound");
        let terms = Terms::new(SCOPE.parse().expect("a scope"));
        Self {
            grants,
            client: Client::new("tv").device_grant(terms),
            visitor: Visitor::new("alice").with_session("a session"),
            clock,
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// A request for codes, with a scope.
    pub(crate) fn request() -> DeviceAuthorizationRequest {
        DeviceAuthorizationRequest::from_pairs([("scope", SCOPE)]).expect("a request")
    }

    pub(crate) fn authorize(
        &self,
        request: DeviceAuthorizationRequest,
    ) -> DeviceAuthorizationResponse {
        ready(self.grants.authorize(&self.client, request)).expect("codes are issued")
    }

    pub(crate) fn poll(&self, request: DeviceTokenRequest) -> PollOutcome {
        ready(self.grants.poll(&self.client, request)).expect("memory does not fail")
    }

    pub(crate) fn review(&self, user_code: &str) -> ReviewTicket {
        let review = self.grants.review(user_code, Arrival::Typed, &self.visitor);
        ready(review).expect("the code is live").ticket
    }

    pub(crate) fn approve(&self, ticket: &ReviewTicket) {
        let approved = self.grants.approve(ticket, &self.visitor, Approval::all());
        ready(approved).expect("it was reviewed");
    }
}
