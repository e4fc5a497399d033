use std::sync::Arc;

use super::Review;
use crate::code::UserCode;
use crate::device_grants::fault::Fault;
use crate::device_grants::inner::Inner;
use crate::device_grants::limits::AtHome;
use crate::device_grants::rows::Stored;
use crate::device_grants::store_access::{TRIES, Written};
use crate::grant::{Arrival, Claim, ClaimRefused, Grant};
use crate::host::{EventKind, Visitor};

/// The codes that an entry can be, with the way in which it came.
pub(super) struct Entry<'a> {
    pub(super) codes: &'a [UserCode],
    pub(super) arrival: Arrival,
    pub(super) at_home: Option<&'a AtHome>,
}

/// The kind of event that tells why an entry failed, and the grant that it is about.
pub(super) type Miss = (EventKind, Option<Grant>);

impl Inner {
    /// Looks the codes up and claims what is found.
    pub(super) async fn find_for(
        &self,
        entry: &Entry<'_>,
        visitor: &Visitor,
    ) -> Result<Result<Review, Miss>, Fault> {
        let (user_code, stored) = match self.look_up(entry.codes).await? {
            Ok(found) => found,
            Err(miss) => return Ok(Err(miss)),
        };
        // Before the claim: an entry that may find only grants of its own networks must not claim any other.
        let origin = &stored.grant.facts().origin;
        if entry.at_home.is_some_and(|at_home| !at_home.has(origin)) {
            return Ok(Err((EventKind::UnknownUserCode, None)));
        }
        let at = stored.read_at();
        let claimed = self.claim(stored, entry.arrival, visitor).await?;
        Ok(claimed
            .map(|(grant, claim)| Review::new(Arc::clone(grant.facts()), &claim, user_code, at)))
    }

    /// Claims the grant for the visitor. Tries again after a lost race.
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
            // The visitor has this claim already: two tabs share one ticket, and a reload writes nothing.
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
}

fn miss(refused: ClaimRefused) -> EventKind {
    match refused {
        ClaimRefused::NotLive => EventKind::UnknownUserCode,
        ClaimRefused::ClaimedByAnother => EventKind::ClaimedByAnother,
        ClaimRefused::UnexpectedSubject => EventKind::UnexpectedSubject,
    }
}
