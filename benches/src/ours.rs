//! `device-grant` over its memory store.

use std::net::Ipv4Addr;
use std::time::Duration;

use device_grant::code::UserCodeFormat;
use device_grant::grant::{Arrival, Origin};
use device_grant::host::{Client, Quota, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, Scope, TokenResponse};
use device_grant::{Approval, DeviceGrants, Limits, PollOutcome, ReviewTicket};
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};

use crate::clock::Clock;
use crate::timing::ready;
use crate::{SCOPE, USER_AGENT};

/// The lifetime of the codes.
pub const LIFETIME: Duration = Duration::from_secs(600);
/// The time for which a grant is remembered after that: the shortest possible.
pub const RETENTION: Duration = Duration::from_secs(60);

/// The facts that a device sends with its request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Device {
    /// Nothing but its client.
    Bare,
    /// A scope.
    Scoped,
    /// A scope, an address and a user agent.
    Realistic,
}

/// The lifetime of codes that are to be deleted soon.
pub const SHORTLY: Duration = Duration::from_secs(2);

/// The service, and what is needed to use it.
pub struct Ours {
    /// The service.
    pub grants: DeviceGrants,
    /// The clock that it goes by.
    pub clock: Clock,
    client: Client,
    device: Device,
    issued: u32,
}

impl Ours {
    /// A service without grants, for devices of this kind.
    pub fn new(device: Device) -> Self {
        let clock = Clock::default();
        let issuer = issuer_fn(|_: Redemption| async {
            Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
        });
        let grants = DeviceGrants::builder("https://id.example", issuer).verification_uri("https://id.example/activate")
            .in_memory()
            .clock(clock.clone())
            .lifetime(LIFETIME)
            .retention(RETENTION)
            // A million live codes of one client are more than twelve characters bear.
            .user_code_format(UserCodeFormat::base20().with_lengths(14..=14).expect("14 characters"))
            .limits(limits())
            .build()
            .expect("the settings are sound");
        Self {
            grants,
            clock,
            client: Client::new("tv").device_grant(Terms::new(scope())),
            device,
            issued: 0,
        }
    }

    /// A service with `count` pending grants, issued evenly over `period`, and what each device was told.
    pub fn filled(
        device: Device,
        count: usize,
        period: Duration,
    ) -> (Self, Vec<DeviceAuthorizationResponse>) {
        let mut ours = Self::new(device);
        let pause = period / u32::try_from(count).expect("a few millions");
        let mut responses = Vec::with_capacity(count);
        for _ in 0..count {
            ours.clock.advance(pause);
            responses.push(ours.authorize());
        }
        (ours, responses)
    }

    /// From now on the codes live for two seconds.
    pub fn live_shortly(&mut self) {
        let terms = Terms::new(scope()).lifetime(SHORTLY).interval(SHORTLY / 2);
        self.client = Client::new("tv").device_grant(terms);
    }

    /// Forgets what is past its retention, and returns how much it was.
    #[must_use]
    pub fn purge(&self) -> usize {
        let forgotten = ready(self.grants.purge(u32::MAX)).expect("memory does not fail");
        usize::try_from(forgotten).expect("fewer than there are addresses")
    }

    /// The next device's request.
    pub fn request(&mut self) -> (DeviceAuthorizationRequest, Origin) {
        // Consecutive addresses would be kinder to the limiter's map than those of strangers.
        self.issued = self.issued.wrapping_add(1);
        let ip = Ipv4Addr::from_bits(self.issued.wrapping_mul(2_654_435_761));
        let scoped = || {
            let scope = [("scope", scope().to_string())];
            DeviceAuthorizationRequest::from_pairs(scope).expect("a good request")
        };
        match self.device {
            Device::Bare => (DeviceAuthorizationRequest::default(), Origin::new()),
            Device::Scoped => (scoped(), Origin::new()),
            Device::Realistic => (
                scoped(),
                Origin::new().with_ip(ip.into()).with_user_agent(USER_AGENT),
            ),
        }
    }

    /// Issues codes.
    pub fn authorize(&mut self) -> DeviceAuthorizationResponse {
        let request = self.request();
        self.authorize_as(request)
    }

    /// Issues codes for this request.
    pub fn authorize_as(
        &self,
        (request, origin): (DeviceAuthorizationRequest, Origin),
    ) -> DeviceAuthorizationResponse {
        let request = request.with_origin(origin);
        ready(self.grants.authorize(&self.client, request)).expect("codes are issued")
    }

    /// Polls with this device code.
    pub fn poll(&self, request: DeviceTokenRequest) -> PollOutcome {
        ready(self.grants.poll(&self.client, request)).expect("memory does not fail")
    }

    /// Looks at what this user code stands for.
    pub fn review(&self, user_code: &str, visitor: &Visitor) -> ReviewTicket {
        ready(self.grants.review(user_code, Arrival::Typed, visitor))
            .expect("the code is live")
            .ticket
    }

    /// Approves all of it.
    pub fn approve(&self, ticket: &ReviewTicket, visitor: &Visitor) {
        ready(self.grants.approve(ticket, visitor, Approval::all())).expect("it was reviewed");
    }
}

/// Somebody who is signed in.
#[must_use]
pub fn visitor() -> Visitor {
    let ip: std::net::IpAddr = Ipv4Addr::new(192, 0, 2, 7).into();
    Visitor::new("alice").with_session("a session").with_ip(ip)
}

fn scope() -> Scope {
    SCOPE.parse().expect("a scope")
}

/// Room for whatever is measured; what one address may ask for is left as it is.
fn limits() -> Limits {
    let no_limit = Quota::new(u32::MAX, Duration::from_secs(1));
    Limits::default()
        .entries_per_subject(no_limit)
        .entries_per_source(no_limit)
        .expected_hits(1e-3)
}
