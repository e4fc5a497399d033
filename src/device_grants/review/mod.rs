//! The review of a request by an end user: the entry of a code, the claim on the grant, and the ticket for the decision.

mod claim;
mod look_up;
mod revisit;
mod ticket;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::claim::Entry;
pub use self::revisit::Revisit;
pub use self::ticket::ReviewTicket;
use super::fault::Fault;
use super::limits::Admitted;
use super::store_access::{TRIES, Written};
use super::{DecisionError, DeviceGrants};
use crate::code::{UserCode, UserCodeError};
use crate::grant::{Arrival, Claim, Facts, Grant, Timestamp};
use crate::host::{EventKind, Visitor};

/// A request that the end user has to decide on.
///
/// Show the end user what protects them: which client asks, for what, when and from where, and how the code was entered. Add
/// the client's name and logo from your own data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Review {
    /// The ticket for the decision. Put it into a hidden field of the page's form.
    pub ticket: ReviewTicket,
    /// The request: the client, what it asks for, when and from where. A `login_hint` in it is unverified: the device
    /// chose it.
    pub grant: Arc<Facts>,
    /// The way in which the code was entered. If it came by a link, ask the end user to compare the
    /// code with the one on the device ([RFC 8628 §3.3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1)).
    pub arrival: Arrival,
    /// The time of the look-up. Compute the age of the request from [`issued_at`](Facts::issued_at) to this time, and the
    /// remaining time from it to [`expires_at`](Facts::expires_at).
    pub at: Timestamp,
    user_code: UserCode,
}

impl Review {
    /// The review of a grant by the visitor who holds this claim.
    pub(in crate::device_grants) fn new(
        grant: Arc<Facts>,
        claim: &Claim,
        user_code: UserCode,
        at: Timestamp,
    ) -> Self {
        Self {
            ticket: ReviewTicket::new(grant.id, claim.nonce),
            grant,
            arrival: claim.arrival,
            at,
            user_code,
        }
    }

    /// Returns the user code as the device shows it.
    #[must_use]
    pub fn user_code(&self) -> String {
        self.user_code.clone().into_display()
    }
}

impl fmt::Display for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, client) = (self.grant.id, &self.grant.client_id);
        write!(f, "review of grant {id} for client {client}")
    }
}

/// The reason why there is nothing to review.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The text cannot be a user code. It was not looked up, and does not count as a wrong code.
    #[error(transparent)]
    Mistyped(UserCodeError),
    /// This visitor has nothing to review under this code. The error deliberately does not say if the code never existed, is
    /// expired, used, or claimed by another visitor.
    #[error("this code is unknown or no longer valid")]
    Unknown,
    /// A limit on wrong codes is used up.
    #[error("too many codes were entered; try again later")]
    #[non_exhaustive]
    TooManyAttempts {
        /// The time after which the visitor may try again.
        retry_after: Duration,
    },
    /// A port failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl DeviceGrants {
    /// Looks a user code up for a signed-in visitor, and claims the grant for them
    /// ([RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3)).
    ///
    /// Call it for a form that the visitor posted, never for a GET. A link only pre-fills the form; pass
    /// [`Arrival::Link`] then. The call approves nothing.
    ///
    /// Every call counts as a wrong code before the look-up. If the code is right, or a port fails, the count is taken back.
    ///
    /// # Errors
    ///
    /// [`ReviewError`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.review",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn review(
        &self,
        typed: &str,
        arrival: Arrival,
        visitor: &Visitor,
    ) -> Result<Review, ReviewError> {
        let inner = self.in_service()?;
        if visitor.subject().as_str().is_empty() {
            return Err(inner.fault(Fault::nobody()).into());
        }
        let codes = inner.read(typed)?;
        let Admitted { taken, at_home } = inner.charge_entry(visitor, &codes, inner.now()).await?;
        let now = inner.now();
        let entry = Entry {
            codes: &codes,
            arrival,
            at_home: at_home.as_ref(),
        };
        let found = inner.find_for(&entry, visitor).await;
        // Only a miss tells a guesser that a code does not exist, so only a miss costs.
        if !matches!(found, Ok(Err(_))) {
            inner.give_back(taken).await;
        }
        match found? {
            Ok(review) => {
                inner.observe_visit(EventKind::Reviewed, Some(&review.grant), visitor, now);
                Ok(review)
            }
            Err((kind, grant)) => {
                let grant = grant.as_ref().map(Grant::facts);
                inner.observe_visit(kind, grant, visitor, now);
                // Not `Unknown`: the code may be that of a device in another network.
                Err(at_home.map_or(ReviewError::Unknown, |at_home| {
                    let retry_after = at_home.retry_after;
                    ReviewError::TooManyAttempts { retry_after }
                }))
            }
        }
    }

    /// Gives up the claim on a grant, so that another account can review it. The ticket of another visitor changes nothing.
    ///
    /// # Errors
    ///
    /// [`DecisionError::Refused`] or [`DecisionError::Fault`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.release",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn release(
        &self,
        ticket: &ReviewTicket,
        visitor: &Visitor,
    ) -> Result<(), DecisionError> {
        // Also while the service is suspended: giving up a review leads to no tokens.
        let inner = self.inner();
        for _ in 0..TRIES {
            let now = inner.now();
            let found = inner.find(&ticket.grant_id()).await?;
            let released = found.as_ref().and_then(|stored| {
                let next = stored.grant.release(visitor.reviewer(), ticket.nonce());
                next.ok().map(|next| (stored, next))
            });
            let Some((stored, next)) = released else {
                let grant = found.as_ref().map(|stored| stored.grant.facts());
                inner.observe_visit(EventKind::TicketRefused, grant, visitor, now);
                return Err(DecisionError::Refused);
            };
            if let Written::Won(released) = inner.write(stored, next).await? {
                inner.observe_visit(
                    EventKind::Released,
                    Some(released.grant.facts()),
                    visitor,
                    now,
                );
                return Ok(());
            }
        }
        Err(inner.contended().into())
    }
}
