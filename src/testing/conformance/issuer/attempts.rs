//! Approved grants, and the attempts at them.

use std::time::Duration;

use super::IssuerHost;
use crate::code::GrantId;
use crate::grant::{
    Access, Arrival, Claim, Facts, Fence, Grant, Granted, Nonce, Reviewer, State, Subject,
    Timestamp,
};
use crate::host::{Clock, IssueError, Redemption, System};
use crate::message::{Scope, TokenResponse};
use crate::testing::{Scenario, must};

const LEASE: Duration = Duration::from_secs(30);
const REVIEW: Duration = Duration::from_secs(600);

/// A grant that one user approved, and the attempts to issue its tokens.
pub(super) struct Approved<'a> {
    host: &'a dyn IssuerHost,
    grant: Grant,
    /// As the system has it: an issuer may look at the deadline.
    now: Timestamp,
}

impl<'a> Approved<'a> {
    /// The grant of this number, with all of the host's scope granted by this user.
    pub(super) fn new(host: &'a dyn IssuerHost, number: u64, user: &Subject) -> Self {
        Self::of(host, number, user, host.scope())
    }

    /// The grant of this number, with only this granted.
    pub(super) fn of(host: &'a dyn IssuerHost, number: u64, user: &Subject, scope: Scope) -> Self {
        let now = System.now();
        let mut id = [1; 16];
        id.split_at_mut(8).1.copy_from_slice(&number.to_be_bytes());
        let client = host.client();
        let id = GrantId::from_bytes(id);
        let mut facts = Facts::new(id, client.id.clone(), now, REVIEW);
        facts.issuer = Scenario::ISSUER.into();
        facts.requested = Access::new(host.scope());
        let pending = Grant::issue(facts);
        let reviewer = Reviewer::new(user.clone(), None);
        let nonce = Nonce::from_bytes([7; 16]);
        let claimed = must(pending.claim(&reviewer, Arrival::Typed, nonce, now, REVIEW));
        let mut granted = Granted::new(Claim::clone(&claimed.claim), Access::new(scope), now);
        granted.auth_time = Some(now);
        let reviewed = claimed.next.unwrap_or(pending);
        let grant = must(reviewed.approve(granted, now, REVIEW));
        Self { host, grant, now }
    }

    /// The next attempt. The one before, if there was one, came to nothing.
    pub(super) fn attempt(&mut self) -> Redemption {
        let ordinal = if let State::Redeeming { lease, .. } = self.grant.state() {
            // No server begins an attempt while the lease of the last one holds.
            self.now = lease.until;
            lease.attempt.ordinal
        } else {
            0
        };
        let fence = Fence::from_bytes((u128::from(ordinal) + 1).to_be_bytes());
        self.grant = must(self.grant.lease(fence, self.now, LEASE, &[]));
        present(Redemption::of(&self.host.client(), &self.grant))
    }

    /// Asks for the tokens of this attempt.
    pub(super) async fn issue(&self, attempt: &Redemption) -> Result<TokenResponse, IssueError> {
        self.host.issuer().issue(attempt).await
    }

    /// The attempt that is under way, once it was committed and the device asks again.
    pub(super) fn again(&mut self) -> Redemption {
        if let State::Redeeming { lease, .. } = self.grant.state() {
            self.grant = must(self.grant.commit(lease.attempt, self.now));
        }
        let deadline = self.now + LEASE;
        present(Redemption::again(
            &self.host.client(),
            &self.grant,
            deadline,
        ))
    }

    /// Tells the issuer that these tokens of the attempt are not delivered.
    pub(super) async fn discard(&self, attempt: &Redemption, tokens: &TokenResponse) {
        self.host.issuer().discard(attempt, tokens.clone()).await;
    }
}

#[expect(
    clippy::expect_used,
    reason = "this module is for tests, which end by panicking"
)]
fn present(redemption: Option<Redemption>) -> Redemption {
    redemption.expect("the grant is being redeemed")
}
