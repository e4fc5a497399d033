//! The service over memory, with a clock and random bytes of its own.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use device_grant::code::UserCodeFormat;
use device_grant::grant::{Arrival, Origin};
use device_grant::host::{
    Client, Entropy, PortError, Quota, Redemption, Terms, Visitor, issuer_fn,
};
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::{Approval, Builder, DeviceGrants, Limits, PollOutcome, ReviewTicket};
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};

use crate::hands::Hands;
use crate::ready::ready;

/// The scope that the device asks for.
pub(crate) const SCOPE: &str = "openid profile offline_access";
/// The name that a television gives itself.
pub(crate) const USER_AGENT: &str = "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36";

pub(crate) struct Server {
    pub(crate) grants: DeviceGrants,
    pub(crate) client: Client,
    clock: Hands,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A server with more settings.
    pub(crate) fn with(set: impl FnOnce(Builder) -> Builder) -> Self {
        let issuer = issuer_fn(|_: Redemption| async {
            Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
        });
        let clock = Hands::default();
        let no_limit = Quota::new(u32::MAX, Duration::from_secs(1));
        let limits = Limits::default()
            .entries_per_subject(no_limit)
            .entries_per_source(no_limit)
            .authorizations_per_source(no_limit);
        // So long that no code is longer than the one before.
        let format = UserCodeFormat::base20().with_lengths(14..=14);
        let builder = DeviceGrants::builder("https://id.example", issuer)
            .verification_uri("https://id.example/activate")
            .in_memory()
            .clock(clock.clone())
            .entropy(Seeded::default())
            .user_code_format(format.expect("14 characters"))
            .limits(limits);
        let grants = set(builder).build().expect("the settings are sound");
        let terms = Terms::new(SCOPE.parse().expect("a scope"));
        let client = Client::new("tv").device_grant(terms);
        Self {
            grants,
            client,
            clock,
        }
    }

    /// Lets so many seconds pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn request(&self, number: u32) -> DeviceAuthorizationRequest {
        let ip = Ipv4Addr::from_bits(number.wrapping_mul(2_654_435_761));
        let origin = Origin::new().with_ip(ip.into()).with_user_agent(USER_AGENT);
        let request = DeviceAuthorizationRequest::from_pairs([("scope", SCOPE)]);
        request.expect("a request").with_origin(origin)
    }

    pub(crate) fn authorize(
        &self,
        request: DeviceAuthorizationRequest,
    ) -> DeviceAuthorizationResponse {
        ready(self.grants.authorize(&self.client, request)).expect("codes are issued")
    }

    /// The device code of a new grant.
    pub(crate) fn authorized(&self, number: u32) -> String {
        self.authorize(self.request(number)).device_code.clone()
    }

    /// The user code of a new grant.
    pub(crate) fn user_code(&self, number: u32) -> String {
        self.authorize(self.request(number)).user_code.clone()
    }

    /// The device code of a new grant that was approved.
    pub(crate) fn approved(&self, number: u32) -> String {
        let (codes, visitor) = (self.authorize(self.request(number)), visitor());
        self.approve(&self.review(&codes.user_code, &visitor), &visitor);
        codes.device_code.clone()
    }

    pub(crate) fn poll(&self, device_code: &str) -> PollOutcome {
        let request = DeviceTokenRequest::new(device_code);
        ready(self.grants.poll(&self.client, request)).expect("memory does not fail")
    }

    pub(crate) fn review(&self, user_code: &str, visitor: &Visitor) -> ReviewTicket {
        let review = self.grants.review(user_code, Arrival::Typed, visitor);
        ready(review).expect("the code is live").ticket
    }

    pub(crate) fn approve(&self, ticket: &ReviewTicket, visitor: &Visitor) {
        let approval = self.grants.approve(ticket, visitor, Approval::all());
        ready(approval).expect("it was reviewed");
    }
}

/// Somebody who is signed in.
pub(crate) fn visitor() -> Visitor {
    let ip = Ipv4Addr::new(192, 0, 2, 7);
    Visitor::new("alice")
        .with_session("a session")
        .with_ip(ip.into())
}

/// The same bytes in each run: SplitMix64.
#[derive(Default)]
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        for piece in bytes.chunks_mut(8) {
            let step = 0x9e37_79b9_7f4a_7c15_u64;
            let mut word = self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
            word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            piece.copy_from_slice(&word.to_le_bytes()[..piece.len()]);
        }
        Ok(())
    }
}
