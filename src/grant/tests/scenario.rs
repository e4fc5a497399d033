use super::*;
use crate::code::{ConfirmationDigest, GrantId, UserCodeDigest};
use crate::message::ErrorResponse;

/// Takes a grant to a stage: `Scenario::at(Stage::Approved)`, or with other facts
/// `Scenario::new().expecting("alice").taken_to(Stage::Approved)`.
///
/// Every stage is reached by transitions alone, at the same times in every scenario, all in seconds after issue:
/// reviewed at 10 by [`alice`] under [`Scenario::NONCE`], decided at 20, and what concerns tokens from 560 on.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    facts: Facts,
    approved: &'static str,
}

/// Every state, with what makes a difference inside of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Stage {
    Unreviewed,
    Reviewed,
    Approved,
    /// Approved, for a device that has to send [`Scenario::CONFIRMATION`].
    Unconfirmed,
    Denied,
    /// Leased from 590 to 620: live around the expiry.
    Leased,
    /// Leased from 560 to 590, by now without effect.
    LeaseOver,
    Redeemed,
    Refused,
    /// Approved, and a minute later over.
    Lapsed,
    RevokedBefore,
    RevokedAfter,
}

impl Stage {
    pub(super) const ALL: [Self; 12] = [
        Self::Unreviewed,
        Self::Reviewed,
        Self::Approved,
        Self::Unconfirmed,
        Self::Denied,
        Self::Leased,
        Self::LeaseOver,
        Self::Redeemed,
        Self::Refused,
        Self::Lapsed,
        Self::RevokedBefore,
        Self::RevokedAfter,
    ];
}

impl Scenario {
    /// The nonce of the review.
    pub(super) const NONCE: Nonce = Nonce::from_bytes([0xaa; 16]);
    /// The attempt that leases.
    pub(super) const ATTEMPT: Attempt = Attempt::new(Fence::from_bytes([0xf1; 16]), 1);
    /// The confirmation code that the device has to send.
    pub(super) const CONFIRMATION: ConfirmationDigest = digest(0xc0);
    pub(super) const LEASE: Duration = Duration::from_secs(30);

    /// The client `tv` asks for `openid profile`, of which `openid` will be approved.
    pub(super) fn new() -> Self {
        let lifetime = Duration::from_secs(LIFETIME.unsigned_abs());
        let mut facts = Facts::new(GrantId::from_bytes([1; 16]), "tv", at(0), lifetime);
        facts.issuer = "https://as.example".into();
        facts.user_code = Some(UserCodeDigest::from_bytes([2; 16]));
        facts.requested = access("openid profile");
        Self {
            facts,
            approved: "openid",
        }
    }

    /// A grant at this stage.
    pub(super) fn at(stage: Stage) -> Grant {
        Self::new().taken_to(stage)
    }

    /// Only this subject may approve.
    pub(super) fn expecting(mut self, subject: &str) -> Self {
        self.facts.expected_subject = Some(subject.into());
        self
    }

    /// The request came with other facts.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.facts);
        self
    }

    pub(super) fn taken_to(&self, stage: Stage) -> Grant {
        match stage {
            Stage::Unreviewed => Grant::issue(self.facts.clone()),
            Stage::Reviewed => self.reviewed(),
            Stage::Approved => self.approved(),
            Stage::Unconfirmed => self.unconfirmed(),
            Stage::Denied => self
                .reviewed()
                .deny(&alice(), Self::NONCE, Denial::Declined, at(20), REVIEW)
                .unwrap(),
            Stage::Leased => self.leased(590),
            Stage::LeaseOver => self.leased(560),
            Stage::Redeemed => self.redeemed(),
            Stage::Refused => self
                .leased(560)
                .refuse(Self::ATTEMPT, ErrorResponse::access_denied(), at(561))
                .unwrap(),
            Stage::Lapsed => {
                let window = Duration::from_secs(60);
                self.approved().lapse(window, at(80)).unwrap()
            }
            Stage::RevokedBefore => self.approved().revoke(at(30)).unwrap(),
            Stage::RevokedAfter => self.redeemed().revoke(at(570)).unwrap(),
        }
    }

    fn reviewed(&self) -> Grant {
        let reviewer = match &self.facts.expected_subject {
            Some(subject) => Reviewer::new(subject.clone(), alice().session),
            None => alice(),
        };
        Grant::issue(self.facts.clone())
            .claim(&reviewer, Arrival::Typed, Self::NONCE, at(10), REVIEW)
            .unwrap()
            .next
            .unwrap()
    }

    fn approved(&self) -> Grant {
        let (reviewed, granted) = self.granted();
        reviewed.approve(granted, at(20), REVIEW).unwrap()
    }

    fn unconfirmed(&self) -> Grant {
        let (reviewed, granted) = self.granted();
        let code = Self::CONFIRMATION;
        reviewed
            .approve_unconfirmed(granted, code, at(20), REVIEW)
            .unwrap()
    }

    fn granted(&self) -> (Grant, Granted) {
        let reviewed = self.reviewed();
        let State::Pending {
            review: Some(claim),
        } = reviewed.state()
        else {
            panic!("{reviewed:?} is not under review");
        };
        let mut approved = self.facts.requested.clone();
        approved.scope = self.approved.parse().unwrap();
        let granted = Granted::new(Claim::clone(claim), approved, at(20));
        (reviewed, granted)
    }

    fn leased(&self, begun: i64) -> Grant {
        self.approved()
            .lease(Self::ATTEMPT.fence, at(begun), Self::LEASE, &[])
            .unwrap()
    }

    fn redeemed(&self) -> Grant {
        self.leased(560).commit(Self::ATTEMPT, at(561)).unwrap()
    }
}
