use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq;

use super::timestamp::micros;
use super::{Arrival, Grant, InvalidTransition, SessionDigest, State, Subject, Timestamp};

/// A signed-in end user in one browser session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Reviewer {
    /// The account of the end user.
    pub(crate) subject: Subject,
    /// The session, if the host names one.
    pub(crate) session: Option<SessionDigest>,
}

impl Reviewer {
    pub(crate) fn new(subject: impl Into<Subject>, session: Option<SessionDigest>) -> Self {
        Self {
            subject: subject.into(),
            session,
        }
    }
}

/// The random part of a review ticket: 128 bits. Only the browser that reviewed knows it, so its `Debug` is redacted.
#[derive(Clone, Copy)]
pub(crate) struct Nonce([u8; 16]);

impl Nonce {
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl PartialEq for Nonce {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Nonce {}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(redacted)")
    }
}

/// The claim of an end user who reviews a pending grant: its time, and the nonce that the decision has to have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Claim {
    pub(crate) reviewer: Reviewer,
    /// The nonce that the decision has to bring.
    pub(crate) nonce: Nonce,
    /// The way in which the code arrived; once it came in a link, this stays so.
    pub(crate) arrival: Arrival,
    /// The time of the review, from which its lifetime counts.
    pub(crate) at: Timestamp,
}

impl Claim {
    pub(crate) fn new(reviewer: Reviewer, nonce: Nonce, arrival: Arrival, at: Timestamp) -> Self {
        Self {
            reviewer,
            nonce,
            arrival,
            at,
        }
    }

    /// Keeps of a released claim that the code came in a link. It is too old to decide on, or to keep anybody out.
    fn of_nobody_by_link() -> Self {
        let nobody = Reviewer::new("", None);
        let nonce = Nonce::from_bytes([0; 16]);
        Self::new(nobody, nonce, Arrival::Link, Timestamp::MIN)
    }

    /// Returns whether the claim is young enough to decide on. A clock set back far makes it stale too.
    pub(super) fn is_fresh(&self, now: Timestamp, longest: Duration) -> bool {
        now.micros_since(self.at).saturating_abs() <= micros(longest)
    }
}

/// The outcome of a claim.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    /// The claim that now holds.
    pub(crate) claim: Arc<Claim>,
    /// The grant to write; `None` if it has this claim already.
    pub(crate) next: Option<Grant>,
}

/// The reason why a grant cannot be reviewed. A page shows the same as for an unknown code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ClaimRefused {
    /// The grant is decided or expired.
    #[error("the grant is decided or expired")]
    NotLive,
    /// Another end user is reviewing it.
    #[error("another end user is reviewing the grant")]
    ClaimedByAnother,
    /// Only another end user may approve the grant.
    #[error("the grant expects another end user")]
    UnexpectedSubject,
}

impl Grant {
    /// Lets `reviewer` look at the grant, with `nonce` for a ticket if a new one is needed.
    ///
    /// The same end user in the same session keeps the ticket that they have (two tabs work), in a new
    /// session gets a new one. Another end user is refused until the first one releases the grant, or until the first
    /// one's review is older than `longest` and can no longer decide.
    ///
    /// # Errors
    ///
    /// [`ClaimRefused`].
    pub(crate) fn claim(
        &self,
        reviewer: &Reviewer,
        arrival: Arrival,
        nonce: Nonce,
        now: Timestamp,
        longest: Duration,
    ) -> Result<Claimed, ClaimRefused> {
        let State::Pending { review } = self.state() else {
            return Err(ClaimRefused::NotLive);
        };
        if self.is_expired(now) {
            return Err(ClaimRefused::NotLive);
        }
        // Not left to the approval: a claim by anybody else would keep the expected end user out for a while.
        if self
            .facts()
            .expected_subject
            .as_ref()
            .is_some_and(|expected| *expected != reviewer.subject)
        {
            return Err(ClaimRefused::UnexpectedSubject);
        }
        let arrival = match review {
            // A phisher may have sent the link: typing the code afterwards must not remove the warning.
            Some(claim) if claim.arrival == Arrival::Link => Arrival::Link,
            Some(_) | None => arrival,
        };
        let claim = match review {
            Some(claim)
                if claim.reviewer.subject != reviewer.subject && claim.is_fresh(now, longest) =>
            {
                return Err(ClaimRefused::ClaimedByAnother);
            }
            Some(claim) if claim.reviewer == *reviewer && claim.is_fresh(now, longest) => {
                if claim.arrival == arrival {
                    return Ok(Claimed {
                        claim: Arc::clone(claim),
                        next: None,
                    });
                }
                Claim {
                    // Ticket and time stay: the form in another tab remains valid, and the review gets no longer.
                    arrival,
                    ..Claim::clone(claim)
                }
            }
            Some(_) | None => Claim::new(reviewer.clone(), nonce, arrival, now),
        };
        let claim = Arc::new(claim);
        let next = self.with_state(State::Pending {
            review: Some(Arc::clone(&claim)),
        });
        Ok(Claimed {
            claim,
            next: Some(next),
        })
    }

    /// Gives up a review, so that another end user can take it up ("use another account").
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] unless `reviewer` holds the pending grant with this `nonce`.
    pub(crate) fn release(
        &self,
        reviewer: &Reviewer,
        nonce: Nonce,
    ) -> Result<Self, InvalidTransition> {
        match self.state() {
            State::Pending {
                review: Some(claim),
            } if claim.reviewer == *reviewer && claim.nonce == nonce => {
                let by_link = claim.arrival == Arrival::Link;
                let review = by_link.then(|| Arc::new(Claim::of_nobody_by_link()));
                Ok(self.with_state(State::Pending { review }))
            }
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeeming { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => Err(self.cannot("be released by this visitor")),
        }
    }
}
