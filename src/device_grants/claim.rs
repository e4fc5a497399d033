use std::sync::Arc;
use std::time::Duration;

use super::entry::{Admitted, AtHome};
use super::fault::Fault;
use super::ports::Ports;
use super::rows::Stored;
use super::store_access::{TRIES, Written};
use super::{DecisionError, DeviceGrants, Review, ReviewTicket};
use crate::code::{UserCode, UserCodeError};
use crate::grant::{Arrival, Claim, ClaimRefused, Facts, Grant, Timestamp};
use crate::host::{Event, EventKind, Visitor};

/// Why there is nothing to review.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The text cannot be a user code. It was not looked up and not charged.
    #[error(transparent)]
    Mistyped(UserCodeError),
    /// There is nothing to review under this code for this visitor. Whether the code never existed, is
    /// expired, used, or somebody else's is deliberately not told.
    #[error("this code is unknown or no longer valid")]
    Unknown,
    /// Too many codes were entered.
    #[error("too many codes were entered; try again later")]
    TooManyAttempts {
        /// After how long the visitor may try again.
        retry_after: Duration,
    },
    /// Something failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl DeviceGrants {
    /// Looks a user code up for a signed-in visitor, and claims the grant for them
    /// ([RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3)).
    ///
    /// Every call is one attempt, charged before anything is looked up. An entry that is right, or meets a fault, gives
    /// back all that it took; only wrong ones count. Nothing is approved by it. Call it for
    /// a form that the visitor posted, never for a GET: a link only pre-fills the form, and says so with
    /// [`Arrival::Link`].
    ///
    /// # Errors
    ///
    /// [`ReviewError`].
    pub async fn review(
        &self,
        typed: &str,
        arrival: Arrival,
        visitor: &Visitor,
    ) -> Result<Review, ReviewError> {
        let ports = self.ports();
        let codes = ports.read(typed)?;
        let Admitted { taken, at_home } = ports.charge_entry(visitor, &codes, ports.now()).await?;
        let now = ports.now();
        let entry = Entry {
            codes: &codes,
            arrival,
            at_home: at_home.as_ref(),
        };
        let found = ports.find_for(&entry, visitor).await;
        // A fault teaches a guesser as little as a right entry does.
        if !matches!(found, Ok(Err(_))) {
            ports.give_back(taken).await;
        }
        match found? {
            Ok(review) => {
                ports.observe_visit(EventKind::Reviewed, Some(&review.grant), visitor, now);
                Ok(review)
            }
            Err((kind, grant)) => {
                let grant = grant.as_ref().map(Grant::facts);
                ports.observe_visit(kind, grant, visitor, now);
                // Not that the code is unknown: in another network it may be known.
                Err(at_home.map_or(ReviewError::Unknown, |at_home| {
                    let retry_after = at_home.retry_after;
                    ReviewError::TooManyAttempts { retry_after }
                }))
            }
        }
    }

    /// Gives a review up, so that another account can take it up. A ticket that is not this visitor's changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`DecisionError::Refused`], or a fault.
    pub async fn release(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Result<(), DecisionError> {
        let ports = self.ports();
        for _ in 0..TRIES {
            let now = ports.now();
            let found = ports.find(&ticket.grant_id()).await?;
            let released = found.as_ref().and_then(|stored| {
                let next = stored.grant.release(visitor.reviewer(), ticket.nonce());
                next.ok().map(|next| (stored, next))
            });
            let Some((stored, next)) = released else {
                let grant = found.as_ref().map(|stored| stored.grant.facts());
                ports.observe_visit(EventKind::TicketRefused, grant, visitor, now);
                return Err(DecisionError::Refused);
            };
            if let Written::Won(released) = ports.write(stored, next).await? {
                ports.observe_visit(
                    EventKind::Released,
                    Some(released.grant.facts()),
                    visitor,
                    now,
                );
                return Ok(());
            }
        }
        Err(ports.contended().into())
    }
}

/// Everything that an entry can be, and how it is looked up.
struct Entry<'a> {
    codes: &'a [UserCode],
    arrival: Arrival,
    at_home: Option<&'a AtHome>,
}

/// What kept an entry from success, and at which grant.
pub(super) type Miss = (EventKind, Option<Grant>);

impl Ports {
    /// Looks the codes up and claims what is found.
    async fn find_for(
        &self,
        entry: &Entry<'_>,
        visitor: &Visitor,
    ) -> Result<Result<Review, Miss>, Fault> {
        let (user_code, stored) = match self.look_up(entry.codes).await? {
            Ok(found) => found,
            Err(miss) => return Ok(Err(miss)),
        };
        let origin = &stored.grant.facts().origin;
        if entry.at_home.is_some_and(|at_home| !at_home.has(origin)) {
            return Ok(Err((EventKind::UnknownUserCode, None)));
        }
        let at = stored.read_at();
        let claimed = self.claim(stored, entry.arrival, visitor).await?;
        Ok(claimed
            .map(|(grant, claim)| Review::new(Arc::clone(grant.facts()), &claim, user_code, at)))
    }

    /// Claims the grant for the visitor, again if others are at it.
    async fn claim(
        &self,
        mut stored: Stored,
        arrival: Arrival,
        visitor: &Visitor,
    ) -> Result<Result<(Grant, Arc<Claim>), Miss>, Fault> {
        for _ in 0..TRIES {
            let nonce = self
                .nonce()
                .map_err(|error| self.fault(Fault::entropy(error)))?;
            let claimed = match stored.grant.claim(
                visitor.reviewer(),
                arrival,
                nonce,
                self.now_at(&stored),
                self.review_lifetime,
            ) {
                Ok(claimed) => claimed,
                Err(refused) => return Ok(Err((miss(refused), Some(stored.grant)))),
            };
            let Some(next) = claimed.next else {
                return Ok(Ok((stored.grant, claimed.claim)));
            };
            if let Written::Won(written) = self.write(&stored, next).await? {
                return Ok(Ok((written.grant, claimed.claim)));
            }
            match self.find(&stored.grant.id()).await? {
                Some(current) => stored = current,
                None => return Ok(Err((EventKind::UnknownUserCode, None))),
            }
        }
        Err(self.contended())
    }

    pub(super) fn observe_visit(
        &self,
        kind: EventKind,
        grant: Option<&Arc<Facts>>,
        visitor: &Visitor,
        now: Timestamp,
    ) {
        self.observe(|| {
            let mut event = Event::new(kind, now);
            event.grant = grant.map(|grant| grant.id);
            event.client = grant.map(|grant| grant.client_id.clone());
            event.subject = Some(visitor.subject().clone());
            event
        });
    }
}

fn miss(refused: ClaimRefused) -> EventKind {
    match refused {
        ClaimRefused::NotLive => EventKind::UnknownUserCode,
        ClaimRefused::ClaimedByAnother => EventKind::ClaimedByAnother,
        ClaimRefused::UnexpectedSubject => EventKind::UnexpectedSubject,
    }
}
