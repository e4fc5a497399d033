use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::fault::Fault;
use super::ports::Ports;
use super::write::{TRIES, Written};
use super::{DecisionError, DeviceGrants};
use crate::code::{GrantId, UserCode, UserCodeDigest, UserCodeError};
use crate::grant::{
    Access, Arrival, Claim, ClaimRefused, ClientId, Facts, Grant, Nonce, Origin, Stored, Timestamp,
};
use crate::host::{Charge, Charged, Debit, Event, EventKind, LimitKey, Visitor};

/// What the end user is asked to decide on.
///
/// It says everything that protects them: which client asks, for what, when and from where, and how the
/// code came. The client's name and logo are the host's to add.
#[derive(Clone, Debug)]
pub struct Review {
    facts: Grant,
    claim: Arc<Claim>,
    user_code: UserCode,
    at: Timestamp,
}

impl Review {
    /// What a decision has to bring: for a hidden field of the page's form.
    #[must_use]
    pub fn ticket(&self) -> ReviewTicket {
        ReviewTicket {
            grant_id: self.facts.id(),
            nonce: self.claim.nonce,
        }
    }

    /// The grant; safe to show and to log.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        self.facts.id()
    }

    /// Which client asks.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.facts().holder.client_id
    }

    /// What it asks for.
    #[must_use]
    pub fn requested(&self) -> &Access {
        &self.facts().requested
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

/// The right to decide on a reviewed grant: which one, and 128 random bits.
///
/// It works only for the end user and the session that reviewed, so it is also what keeps other sites from
/// posting a decision.
///
/// ```
/// use device_grant::ReviewTicket;
///
/// let text = "000102030405060708090a0b0c0d0e0f.f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
/// let ticket: ReviewTicket = text.parse()?;
/// assert_eq!(ticket.expose(), text);
/// assert!("no ticket".parse::<ReviewTicket>().is_err());
/// # Ok::<(), device_grant::device_grants::InvalidReviewTicket>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReviewTicket {
    grant_id: GrantId,
    nonce: Nonce,
}

impl ReviewTicket {
    /// The ticket as text. It belongs in a form that is posted: not in a URL, not in a log.
    #[must_use]
    pub fn expose(&self) -> String {
        format!(
            "{}.{}",
            self.grant_id,
            GrantId::from_bytes(*self.nonce.as_bytes())
        )
    }

    /// The grant that it is about.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        self.grant_id
    }

    pub(super) fn nonce(&self) -> Nonce {
        self.nonce
    }
}

impl FromStr for ReviewTicket {
    type Err = InvalidReviewTicket;

    fn from_str(text: &str) -> Result<Self, InvalidReviewTicket> {
        let (grant_id, nonce) = text.split_once('.').ok_or(InvalidReviewTicket(()))?;
        let sixteen_bytes = |hex: &str| hex.parse::<GrantId>().map_err(|_| InvalidReviewTicket(()));
        let nonce = Nonce::from_bytes(*sixteen_bytes(nonce)?.as_bytes());
        Ok(Self {
            grant_id: sixteen_bytes(grant_id)?,
            nonce,
        })
    }
}

/// The text is no ticket.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the text is no review ticket")]
pub struct InvalidReviewTicket(());

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
    /// Every call is one attempt, charged before anything is looked up. Nothing is approved by it. Call it for
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
        let now = ports.now();
        ports.charge_entry(visitor, now).await?;
        let found = match ports.look_up(&codes, now).await? {
            Ok((code, stored)) => {
                ports
                    .claim(stored, arrival, visitor, now)
                    .await?
                    .map(|(facts, claim)| Review {
                        facts,
                        claim,
                        user_code: code,
                        at: now,
                    })
            }
            Err(kind) => Err(kind),
        };
        match found {
            Ok(review) => {
                ports.observe_visit(EventKind::Reviewed, Some(&review.facts), visitor, now);
                Ok(review)
            }
            Err((kind, grant)) => {
                ports.observe_visit(kind, grant.as_ref(), visitor, now);
                ports.charge_failed_entry(now).await?;
                Err(ReviewError::Unknown)
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
            let found = ports.find(&ticket.grant_id).await?;
            let released = found.and_then(|stored| {
                let next = stored.grant.release(visitor.reviewer(), ticket.nonce);
                next.ok().map(|next| (stored, next))
            });
            let Some((stored, next)) = released else {
                ports.observe_visit(EventKind::TicketRefused, None, visitor, now);
                return Err(DecisionError::Refused);
            };
            if let Written::Won(released) = ports.write(&stored, next).await? {
                ports.observe_visit(EventKind::Released, Some(&released.grant), visitor, now);
                return Ok(());
            }
        }
        Err(ports.contended().into())
    }
}

/// What kept an entry from success, and at which grant.
type Miss = (EventKind, Option<Grant>);

impl Ports {
    /// Everything that `typed` can be, in the formats in use.
    fn read(&self, typed: &str) -> Result<Vec<UserCode>, ReviewError> {
        let mut codes: Vec<UserCode> = Vec::new();
        let mut mistake = None;
        for format in self.formats.iter() {
            match format.parse(typed) {
                Ok(code) if codes.iter().any(|known| known.expose() == code.expose()) => {}
                Ok(code) => codes.push(code),
                Err(error) => _ = mistake.get_or_insert(error),
            }
        }
        match mistake {
            Some(error) if codes.is_empty() => Err(ReviewError::Mistyped(error)),
            Some(_) | None => Ok(codes),
        }
    }

    async fn charge_entry(&self, visitor: &Visitor, now: Timestamp) -> Result<(), ReviewError> {
        let by_subject = LimitKey::new("entry", &format!("subject:{}", visitor.subject()));
        let by_source = visitor.sources().iter().map(|source| {
            let key = LimitKey::new("entry", &source.to_string());
            Charge::new(key, self.limits.entries_per_source, Debit::Take)
        });
        let mut charges = vec![Charge::new(
            by_subject,
            self.limits.entries_per_subject,
            Debit::Take,
        )];
        charges.extend(by_source);
        charges.push(self.failed_entry(Debit::Look));
        match self
            .limiter
            .charge(&charges, now)
            .await
            .map_err(|error| self.fault(error))?
        {
            Charged::Allowed => Ok(()),
            Charged::Limited { index, retry_after } => {
                let key = charges
                    .get(index)
                    .map(|charge| charge.key.to_string())
                    .unwrap_or_default();
                let is_global = index + 1 == charges.len();
                let kind = if is_global {
                    EventKind::GuessBudgetExceeded { key }
                } else {
                    EventKind::Limited { key }
                };
                self.observe_visit(kind, None, visitor, now);
                Err(ReviewError::TooManyAttempts { retry_after })
            }
        }
    }

    /// Counts a failed entry against the budget of the whole server. It was looked at before; that several
    /// entries may be under way at once is why the debt is taken on whatever it is.
    async fn charge_failed_entry(&self, now: Timestamp) -> Result<(), Fault> {
        let charge = self.failed_entry(Debit::Owe);
        self.limiter
            .charge(&[charge], now)
            .await
            .map(|_| ())
            .map_err(|error| self.fault(error))
    }

    fn failed_entry(&self, debit: Debit) -> Charge {
        Charge::new(
            LimitKey::new("failed-entry", "all"),
            self.limits.failed_entries,
            debit,
        )
    }

    /// The one live grant under any of `codes`, with the code that led to it.
    async fn look_up(
        &self,
        codes: &[UserCode],
        now: Timestamp,
    ) -> Result<Result<(UserCode, Stored), Miss>, Fault> {
        let digests: Vec<(&UserCode, UserCodeDigest)> = codes
            .iter()
            .flat_map(|code| {
                self.keys
                    .digests(&self.issuer, code)
                    .into_iter()
                    .map(move |digest| (code, digest))
            })
            .collect();
        let all: Vec<UserCodeDigest> = digests.iter().map(|(_, digest)| *digest).collect();
        let found = self
            .store
            .find_by_user_code(&all)
            .await
            .map_err(|error| self.fault(error))?;
        // A store may answer with something that was not asked for, and must not be believed.
        let mut live = found
            .into_iter()
            .filter(|stored| stored.grant.is_undecided(now))
            .filter_map(|stored| {
                let digest = stored.grant.facts().user_code?;
                let (code, _) = digests.iter().find(|(_, known)| *known == digest)?;
                Some(((*code).clone(), stored))
            });
        Ok(match (live.next(), live.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err((EventKind::UnknownUserCode, None)),
            (Some(_), Some(_)) => Err((EventKind::AmbiguousUserCode, None)),
        })
    }

    /// Claims the grant for the visitor, again if others are at it.
    async fn claim(
        &self,
        mut stored: Stored,
        arrival: Arrival,
        visitor: &Visitor,
        now: Timestamp,
    ) -> Result<Result<(Grant, Arc<Claim>), Miss>, Fault> {
        for _ in 0..TRIES {
            let nonce = self.nonce().map_err(|error| self.fault(error))?;
            let claimed = match stored.grant.claim(
                visitor.reviewer(),
                arrival,
                nonce,
                now,
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
        grant: Option<&Grant>,
        visitor: &Visitor,
        now: Timestamp,
    ) {
        self.observe(|| {
            let mut event = Event::new(kind, now);
            event.grant = grant.map(Grant::id);
            event.client = grant.map(|grant| grant.facts().holder.client_id.clone());
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
