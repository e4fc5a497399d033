use std::fmt;
use std::sync::Arc;

use super::ReviewTicket;
use crate::code::{GrantId, UserCode};
use crate::grant::{Access, Arrival, Claim, ClientId, Facts, Grant, Origin, Timestamp};
use crate::message::{ExtraParameters, SignInParameters};

/// What the end user is asked to decide on.
///
/// It says everything that protects them: which client asks, for what, when and from where, and how the
/// code came. The client's name and logo are the host's to add.
#[derive(Clone, Debug)]
pub struct Review {
    pub(super) facts: Grant,
    pub(super) claim: Arc<Claim>,
    pub(super) user_code: UserCode,
    pub(super) at: Timestamp,
}

impl Review {
    /// What a decision has to bring: for a hidden field of the page's form.
    #[must_use]
    pub fn ticket(&self) -> ReviewTicket {
        ReviewTicket::new(self.facts.id(), self.claim.nonce)
    }

    /// The grant; safe to show and to log.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        self.facts.id()
    }

    /// Which client asks.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.facts().client_id
    }

    /// What it asks for.
    #[must_use]
    pub fn requested(&self) -> &Access {
        &self.facts().requested
    }

    /// What it asks of the sign-in. A `login_hint` is the device's word: who this is about, nobody has verified.
    #[must_use]
    pub fn sign_in(&self) -> &SignInParameters {
        &self.facts().sign_in
    }

    /// The parameters of the host's own that it sent.
    #[must_use]
    pub fn extras(&self) -> &ExtraParameters {
        &self.facts().extras
    }

    /// Where the request came from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.facts().origin
    }

    /// When the codes were issued.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.facts().issued_at
    }

    /// When they expire.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.facts().expires_at
    }

    /// When this was looked up: the time to which a page counts from [`issued_at`](Self::issued_at), and from
    /// which it counts to [`expires_at`](Self::expires_at).
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether the end user typed the code or followed a link. For a link, the page asks them to compare the
    /// code with the one on the device ([RFC 8628 §3.3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1)).
    #[must_use]
    pub fn arrival(&self) -> Arrival {
        self.claim.arrival
    }

    /// The user code as the device shows it.
    #[must_use]
    pub fn user_code(&self) -> String {
        self.user_code.display()
    }

    /// Everything that is known of the request.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts.facts()
    }
}

impl fmt::Display for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "review of grant {} for client {}",
            self.grant_id(),
            self.client_id()
        )
    }
}
