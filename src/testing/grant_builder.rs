use std::time::Duration;

use super::{ManualClock, Scenario, must};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{
    Arrival, Attempt, Claim, Denial, Fence, Grant, Granted, Issuance, Nonce, Refusal, Reviewer,
    Timestamp,
};
use crate::message::Scope;

/// A grant to be: of the client `tv`, asking for `openid`, issued at [`ManualClock::START`].
///
/// ```
/// use device_grant::grant::State;
/// use device_grant::testing::a_grant;
///
/// let grant = a_grant().client("box").subject("bob").redeeming();
/// assert!(matches!(grant.state(), State::Redeeming { .. }));
/// ```
pub fn a_grant() -> GrantBuilder {
    let id = GrantId::from_bytes([1; 16]);
    let mut issuance = Issuance::new(id, "tv", ManualClock::START);
    issuance.issuer = Scenario::ISSUER.into();
    let builder = GrantBuilder {
        issuance,
        reviewer: Reviewer::new("alice", None),
    };
    builder.scope("openid").number(1)
}

/// Takes a grant to any state in one line, by the transitions that lead there, all at the time of its issue.
///
/// It is for tests of a store, of an issuer or of a page, without a server. See [`a_grant`].
///
/// ```
/// use device_grant::grant::{Answer, Timestamp};
/// use device_grant::testing::{GrantBuilder, a_grant};
///
/// let grant = a_grant().issued_at(Timestamp::from_micros(0)).redeeming();
/// let lease_is_over = Timestamp::from_micros(0) + GrantBuilder::LEASE;
/// assert_eq!(grant.answer(lease_is_over), Answer::Redeem);
/// ```
///
/// Its last word panics if the grant cannot get there, such as one with a lifetime of zero.
#[derive(Clone, Debug)]
#[must_use = "its last word, such as `approved`, makes the grant"]
pub struct GrantBuilder {
    issuance: Issuance,
    reviewer: Reviewer,
}

impl GrantBuilder {
    /// The nonce of the review.
    pub const NONCE: Nonce = Nonce::from_bytes([7; 16]);
    /// The attempt to issue tokens.
    pub const ATTEMPT: Attempt = Attempt::new(Fence::from_bytes([9; 16]), 1);
    /// How long its lease is.
    pub const LEASE: Duration = Duration::from_secs(30);

    /// Tells grants apart: each number has its own id and its own user code.
    pub fn number(mut self, number: u64) -> Self {
        let mut id = [0; 16];
        let mut user_code = [0; 32];
        let bytes = number.to_be_bytes();
        for (at, byte) in bytes.into_iter().enumerate() {
            // In front and at the back, for stores that pick a shard by either end.
            for end in [at, 15 - at] {
                id.get_mut(end).into_iter().for_each(|to| *to = byte);
            }
            for end in [at, 31 - at] {
                user_code.get_mut(end).into_iter().for_each(|to| *to = byte);
            }
        }
        self.issuance.id = GrantId::from_bytes(id);
        self.issuance.user_code = Some(UserCodeDigest::from_bytes(user_code));
        self
    }

    /// Whose device it is.
    pub fn client(mut self, client_id: &str) -> Self {
        self.issuance.holder.client_id = client_id.into();
        self
    }

    /// What the device asks for.
    pub fn scope(mut self, scope: &str) -> Self {
        self.issuance.requested.scope = must(Scope::parse(scope));
        self
    }

    /// When the codes were issued.
    pub fn issued_at(mut self, at: Timestamp) -> Self {
        self.issuance.issued_at = at;
        self
    }

    /// How long they live.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.issuance.lifetime = lifetime;
        self
    }

    /// Who reviews and decides.
    pub fn subject(mut self, subject: &str) -> Self {
        self.reviewer.subject = subject.into();
        self
    }

    /// Anything else about the request.
    pub fn with(mut self, change: impl FnOnce(&mut Issuance)) -> Self {
        change(&mut self.issuance);
        self
    }

    /// Nobody has looked at it.
    #[must_use]
    pub fn pending(self) -> Grant {
        Grant::issue(self.issuance)
    }

    /// Somebody is looking at it.
    #[must_use]
    pub fn reviewed(self) -> Grant {
        let at = self.issuance.issued_at;
        let reviewer = self.reviewer.clone();
        let pending = self.pending();
        let claimed = pending.claim(&reviewer, Arrival::Typed, Self::NONCE, at, Self::REVIEW);
        must(claimed).next.unwrap_or(pending)
    }

    /// The end user approved all of it.
    #[must_use]
    pub fn approved(self) -> Grant {
        let at = self.issuance.issued_at;
        let access = self.issuance.requested.clone();
        let claim = Claim::new(self.reviewer.clone(), Self::NONCE, Arrival::Typed, at);
        let granted = Granted::new(claim, access, at);
        must(self.reviewed().approve(granted, at, Self::REVIEW))
    }

    /// The end user denied.
    #[must_use]
    pub fn denied(self) -> Grant {
        let at = self.issuance.issued_at;
        let reviewer = self.reviewer.clone();
        let reviewed = self.reviewed();
        must(reviewed.deny(&reviewer, Self::NONCE, Denial::Declined, at, Self::REVIEW))
    }

    /// Tokens are being issued, by [`ATTEMPT`](Self::ATTEMPT).
    #[must_use]
    pub fn redeeming(self) -> Grant {
        let at = self.issuance.issued_at;
        must(
            self.approved()
                .lease(Self::ATTEMPT.fence, at, Self::LEASE, &[]),
        )
    }

    /// Tokens were issued.
    #[must_use]
    pub fn redeemed(self) -> Grant {
        let at = self.issuance.issued_at;
        must(self.redeeming().commit(Self::ATTEMPT, at))
    }

    /// The host refused to issue tokens.
    #[must_use]
    pub fn refused(self) -> Grant {
        let at = self.issuance.issued_at;
        let refusal = Refusal::access_denied();
        must(self.redeeming().refuse(Self::ATTEMPT, refusal, at))
    }

    /// Withdrawn before anybody decided.
    #[must_use]
    pub fn revoked(self) -> Grant {
        let at = self.issuance.issued_at;
        must(self.pending().revoke(at))
    }

    const REVIEW: Duration = Duration::from_secs(600);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_last_word_leads_to_its_state() {
        let names = [
            a_grant().pending(),
            a_grant().reviewed(),
            a_grant().approved(),
            a_grant().denied(),
            a_grant().redeeming(),
            a_grant().redeemed(),
            a_grant().refused(),
            a_grant().revoked(),
        ]
        .map(|grant| grant.state().name());
        assert_eq!(
            names,
            [
                "pending",
                "pending",
                "approved",
                "denied",
                "redeeming",
                "redeemed",
                "refused",
                "revoked"
            ]
        );
    }

    #[test]
    fn numbers_tell_grants_apart() {
        let (one, other) = (a_grant().number(1).pending(), a_grant().number(2).pending());
        assert_ne!(one.id(), other.id());
        assert_ne!(one.facts().user_code, other.facts().user_code);
    }
}
