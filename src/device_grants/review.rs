use std::fmt;
use std::sync::Arc;

use super::ReviewTicket;
use crate::code::UserCode;
use crate::grant::{Arrival, Claim, Facts, Timestamp};

/// A request that the end user is asked to decide on.
///
/// It says everything that protects them: which client asks, for what, when and from where, and how the
/// code came. The client's name and logo are the host's to add.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Review {
    /// The ticket that a decision has to bring: for a hidden field of the page's form.
    pub ticket: ReviewTicket,
    /// The request: the client, what it asks for, when and from where. A `login_hint` is the device's word: who this is
    /// about, nobody has verified.
    pub grant: Arc<Facts>,
    /// The way on which the code came. For a link, the page asks the end user to compare the
    /// code with the one on the device ([RFC 8628 §3.3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1)).
    pub arrival: Arrival,
    /// The time of the look-up, to which a page counts from [`issued_at`](Facts::issued_at), and from which it counts
    /// to [`expires_at`](Facts::expires_at).
    pub at: Timestamp,
    user_code: UserCode,
}

impl Review {
    /// The review of a grant by the visitor who holds this claim.
    pub(super) fn new(
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
        self.user_code.display()
    }
}

impl fmt::Display for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, client) = (self.grant.id, &self.grant.client_id);
        write!(f, "review of grant {id} for client {client}")
    }
}
