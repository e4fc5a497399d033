use std::net::IpAddr;
use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use super::rows::Stored;
use super::store_access::{TRIES, Written};
use crate::code::{ConfirmationCode, DeviceCode, GrantId};
use crate::grant::{Answer, Grant, KeyThumbprint, State, Timestamp};
use crate::host::DeviceTokenRequest;
use crate::host::{Client, Event, EventKind, Paced, Row};
use crate::message::{ErrorCode, ErrorResponse, Reply, TokenResponse};

/// The answer to a poll ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
#[derive(Debug)]
#[must_use = "its `reply` is the answer to send"]
#[non_exhaustive]
pub enum PollOutcome {
    /// The end user has not decided, or the tokens are being issued: `authorization_pending`.
    Pending,
    /// The grant is [`Pending`](Self::Pending), and the client polls too fast: `slow_down`.
    #[non_exhaustive]
    SlowDown {
        /// The interval to keep from now on.
        interval: Duration,
    },
    /// Approved, and the device has to send a [confirmation code](ConfirmationCode): `authorization_pending`, with the members
    /// `confirmation_required` and `confirmation_tries_left`.
    ///
    /// The device asks its user for the six digits and sends them as `confirmation_code` with its next poll. Three
    /// different wrong codes end the grant with `access_denied`; a repeated wrong code counts once.
    ConfirmationRequired {
        /// The number of different codes that may still be sent.
        tries_left: u32,
    },
    /// Approved, and the token issuer is unavailable: `authorization_pending`, because a device that gets an error gives up, and
    /// the approval would be lost.
    ///
    /// The issuer is not called for this grant again before a pause has passed: a little less than the polling interval, doubled
    /// by each further failure up to 60 s, or the time that the issuer says. In the last minute before the approval ends, a
    /// pause is never longer than the first one.
    #[non_exhaustive]
    Unavailable {
        /// The time after which the issuer may be available again, if known.
        retry_after: Option<Duration>,
    },
    /// The tokens. A code yields them once; later polls get [`InvalidGrant`](Self::InvalidGrant).
    Tokens(TokenResponse),
    /// The end user denied, or the grant was revoked: `access_denied`.
    Denied,
    /// The policy or the token issuer refused, with this error.
    Refused(ErrorResponse),
    /// The codes are expired, or the [redemption window](crate::Builder::redemption_window) has ended: `expired_token`.
    Expired,
    /// The device code is unknown, used, or not this client's: `invalid_grant`.
    InvalidGrant,
    /// The poll named a `resource` that was not granted or, before a decision, not requested: `invalid_target`. The
    /// grant is unchanged, and the device may poll again.
    InvalidTarget,
    /// A PKCE verifier came with a device code that has no challenge: `invalid_request`
    /// ([RFC 9700 §2.1.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1)). The grant is unchanged.
    UnexpectedVerifier,
    /// The client may not use this grant: `unauthorized_client`.
    UnauthorizedClient,
}

impl PollOutcome {
    /// The reply to the device.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let error = match self {
            Self::Tokens(tokens) => return tokens.reply(),
            Self::Pending | Self::Unavailable { retry_after: None } => {
                ErrorCode::AuthorizationPending.into()
            }
            Self::Unavailable {
                retry_after: Some(delay),
            } => ErrorResponse::from(ErrorCode::AuthorizationPending).with_retry_after(*delay),
            Self::ConfirmationRequired { tries_left } => {
                ErrorResponse::from(ErrorCode::AuthorizationPending).with_confirmation(*tries_left)
            }
            Self::SlowDown { interval } => ErrorResponse::from(ErrorCode::SlowDown)
                .with_interval(interval.as_secs())
                .with_retry_after(*interval),
            Self::Denied => ErrorCode::AccessDenied.into(),
            Self::Refused(refusal) => refusal.clone().in_words(),
            Self::Expired => ErrorCode::ExpiredToken.into(),
            Self::InvalidGrant => ErrorCode::InvalidGrant.into(),
            Self::InvalidTarget => ErrorCode::InvalidTarget.into(),
            Self::UnexpectedVerifier => ErrorResponse::new(ErrorCode::InvalidRequest)
                .with_description("the device code has no code_challenge for this code_verifier"),
            Self::UnauthorizedClient => ErrorCode::UnauthorizedClient.into(),
        };
        error.reply()
    }

    /// Returns whether the device should go on polling.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        match self {
            Self::Pending
            | Self::SlowDown { .. }
            | Self::ConfirmationRequired { .. }
            | Self::Unavailable { .. } => true,
            Self::Tokens(_)
            | Self::Denied
            | Self::Refused(_)
            | Self::Expired
            | Self::InvalidGrant
            | Self::InvalidTarget
            | Self::UnexpectedVerifier
            | Self::UnauthorizedClient => false,
        }
    }
}

impl DeviceGrants {
    /// Answers a poll of the token endpoint ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)).
    ///
    /// Authenticate the client first, or identify it if it is public.
    ///
    /// # Cancellation
    ///
    /// A future can be dropped at any time. If the grant is pending, at most this poll is recorded. If it is approved:
    ///
    /// - Before the commit, the grant may stay under a lease. Later polls get `authorization_pending` until it ends, and then
    ///   tokens of another attempt. Tokens that the issuer has already made are lost, and not
    ///   [discarded](crate::host::TokenIssuer::discard).
    /// - After the commit, the device code is used. Later polls get `invalid_grant`, unless
    ///   [`redelivery`](crate::Builder::redelivery) is on.
    ///
    /// # Errors
    ///
    /// A [`Fault`]. The device should try again if it [`is_retryable`](Fault::is_retryable).
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.poll",
            level = "debug",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn poll(
        &self,
        client: &Client,
        request: DeviceTokenRequest,
    ) -> Result<PollOutcome, Fault> {
        Ok(self.in_service()?.poll(client, &request).await?.outcome)
    }
}

/// An answered poll.
pub(super) struct Polled {
    pub(super) outcome: PollOutcome,
    /// The time until the codes expire, if nobody has decided, and the poll was neither early nor a twin.
    pub(super) undecided_for: Option<Duration>,
}

impl From<PollOutcome> for Polled {
    fn from(outcome: PollOutcome) -> Self {
        Self {
            outcome,
            undecided_for: None,
        }
    }
}

/// A poll by the right holder.
pub(super) struct Poll<'a> {
    pub(super) client: &'a Client,
    /// The resources that the tokens are for. If empty, all that were granted.
    pub(super) resources: &'a [String],
    /// The key that the device proved with this poll.
    pub(super) key: Option<KeyThumbprint>,
    /// The code that the device's user entered.
    pub(super) confirmation_code: Option<&'a ConfirmationCode>,
    paced: Option<Paced>,
    source: Option<IpAddr>,
}

/// One look at a grant by its holder.
pub(super) enum Look {
    Answered(PollOutcome),
    /// The grant changed meanwhile.
    Again,
}

/// Returns whether the row of an undecided grant is enough to answer a poll, without its body: the grant is bound only to its
/// client, nobody approved it, and the poll has no verifier and no resources.
fn is_plain(request: &DeviceTokenRequest, row: &Row) -> bool {
    row.body.is_unbound()
        && row.subject.is_none()
        && request.code_verifier.is_none()
        && request.resources.is_empty()
}

impl Inner {
    /// Returns the grant that the device code names, if it can be a device code.
    pub(super) fn grant_id(
        &self,
        request: &DeviceTokenRequest,
        client: &Client,
    ) -> Option<GrantId> {
        let code = DeviceCode::parse(request.device_code()).ok()?;
        Some(code.grant_id(&self.issuer, client.id.as_str()))
    }

    /// Answers a poll: records it, and judges what was read.
    pub(super) async fn poll(
        &self,
        client: &Client,
        request: &DeviceTokenRequest,
    ) -> Result<Polled, Fault> {
        // The estimate of the store's time counts from here. So it is late by the duration of the call at most, and never early.
        let now = self.now();
        // Before the store is asked: a client that lost the grant costs no round trip.
        if client.terms.is_none() {
            self.observe_client(EventKind::UnauthorizedClient, client, request.source, now);
            return Ok(PollOutcome::UnauthorizedClient.into());
        }
        // A text that cannot be a device code costs no round trip.
        let Some(id) = self.grant_id(request, client) else {
            self.observe_client(EventKind::UnknownDeviceCode, client, request.source, now);
            return Ok(PollOutcome::InvalidGrant.into());
        };
        let record = self.pacing.poll_of(id);
        let polled = self.store.record_poll(&record).await;
        let polled = polled.map_err(|error| self.fault(Fault::store(error)))?;
        // A store that answers with another grant, or with one of another issuer, is not believed.
        let Some(row) = polled.filter(|row| row.id == id && self.is_own(row)) else {
            self.observe_client(EventKind::UnknownDeviceCode, client, request.source, now);
            return Ok(PollOutcome::InvalidGrant.into());
        };
        let paced = row.paced;
        // A subject means that somebody has approved, so the poll has nothing to wait for.
        let is_in_time = paced == Some(Paced::Accepted) && row.subject.is_none();
        let undecided_for = is_in_time.then(|| row.expires_at.duration_until(row.read_at));
        // Nearly every poll ends here: its columns answer, and the body is not parsed.
        let outcome = match paced.filter(|_| is_plain(request, &row)) {
            Some(paced) => self.pending(paced, &Undecided::of_row(&row, client, request)),
            None => {
                let stored = Stored::read(row, now);
                let stored = stored.map_err(|error| self.fault(Fault::store(error)))?;
                // Boxed, because it contains redemption, whose memory every poll would take otherwise.
                Box::pin(self.answer_holder(client, request, stored, paced)).await?
            }
        };
        let is_undecided = matches!(outcome, PollOutcome::Pending);
        Ok(Polled {
            outcome,
            undecided_for: undecided_for.filter(|_| is_undecided),
        })
    }

    /// Answers the holder of the grant, and refuses anybody else.
    pub(super) async fn answer_holder(
        &self,
        client: &Client,
        request: &DeviceTokenRequest,
        stored: Stored,
        paced: Option<Paced>,
    ) -> Result<PollOutcome, Fault> {
        let now = stored.read_at();
        // Before any answer that depends on the state, so that a thief of the device code learns nothing.
        if !self.proves(&stored.grant, client, request, now) {
            return Ok(PollOutcome::InvalidGrant);
        }
        let challenge = stored.grant.facts().binding.pkce_challenge;
        // Refused (RFC 9700 §2.1.1), because the client would believe that its code is bound. Checked after the proofs, so that
        // only the holder is told.
        if challenge.is_none() && request.code_verifier.is_some() {
            return Ok(self.counted(PollOutcome::UnexpectedVerifier, &stored.grant, now));
        }
        let poll = Poll {
            client,
            resources: &request.resources,
            key: request.key,
            confirmation_code: request.confirmation_code.as_ref(),
            paced,
            source: request.source,
        };
        self.answer(&poll, stored, now).await
    }

    /// Answers the right holder, and looks again when somebody else changed the grant meanwhile.
    async fn answer(
        &self,
        poll: &Poll<'_>,
        mut stored: Stored,
        mut now: Timestamp,
    ) -> Result<PollOutcome, Fault> {
        // Each round means that another write won. After the last one, the answer is `Pending`, because the
        // device polls again anyway.
        for _ in 0..TRIES {
            if let Look::Answered(outcome) = self.look(poll, &stored, now).await? {
                return Ok(outcome);
            }
            match self.find(&stored.grant.id()).await? {
                Some(current) => stored = current,
                None => return Ok(PollOutcome::InvalidGrant),
            }
            now = stored.read_at();
        }
        Ok(PollOutcome::Pending)
    }

    async fn look(&self, poll: &Poll<'_>, stored: &Stored, now: Timestamp) -> Result<Look, Fault> {
        let grant = &stored.grant;
        let counted = |outcome| self.counted(outcome, grant, now);
        Ok(Look::Answered(match grant.answer(now) {
            Answer::Redeemed(_) => self.redeliver(poll, stored, now).await?,
            Answer::Revoked {
                after_redemption: true,
            } => counted(PollOutcome::InvalidGrant),
            Answer::Revoked {
                after_redemption: false,
            }
            | Answer::Denied => counted(PollOutcome::Denied),
            Answer::Expired => return self.expire(stored, now).await,
            Answer::Lapsed => counted(PollOutcome::Expired),
            Answer::Refused(refusal) => counted(PollOutcome::Refused(refusal.clone())),
            // An approval that has ended is never redeemed. Its end is stored, so that no clock that is set back revives it.
            Answer::Redeem | Answer::Paused(_) | Answer::Confirm(_)
                if now >= grant.ends_at(self.redemption_window) =>
            {
                match self.lapse(stored, now).await? {
                    Some(outcome) => outcome,
                    None => return Ok(Look::Again),
                }
            }
            // After the checks of holder, end and decision, so that a wrong resource reveals nothing. Before the lease, so that it
            // uses no attempt up.
            Answer::Redeem
            | Answer::Paused(_)
            | Answer::Redeeming
            | Answer::Confirm(_)
            | Answer::Pending
                if !grant.may_name(poll.resources) =>
            {
                counted(PollOutcome::InvalidTarget)
            }
            Answer::Redeeming => counted(PollOutcome::Pending),
            Answer::Paused(pause) => counted(PollOutcome::Unavailable {
                retry_after: Some(pause.until.duration_until(now)),
            }),
            Answer::Redeem => match self.redeem(poll, stored, now).await? {
                Some(outcome) => outcome,
                None => return Ok(Look::Again),
            },
            Answer::Confirm(confirmation) => {
                return self.confirm(poll, stored, confirmation, now).await;
            }
            Answer::Pending => match poll.paced {
                Some(paced) => self.pending(paced, &Undecided::of(grant, poll, now)),
                None => counted(PollOutcome::Pending),
            },
        }))
    }

    /// Answers a poll of a grant on which nobody has decided.
    fn pending(&self, paced: Paced, undecided: &Undecided<'_>) -> PollOutcome {
        let (kind, outcome) = match paced {
            Paced::Accepted => (EventKind::PollPending, PollOutcome::Pending),
            Paced::Twin => (EventKind::PollTwin, PollOutcome::Pending),
            Paced::SlowDown { interval } => {
                let interval = Duration::from_secs(u64::from(interval));
                (EventKind::SlowedDown, PollOutcome::SlowDown { interval })
            }
        };
        self.observe(|| {
            let mut event = Event::new(kind, undecided.now);
            event.grant = Some(undecided.id);
            event.client = Some(undecided.client.id.clone());
            event.source = undecided.source;
            event.since_issued = Some(undecided.now.duration_until(undecided.issued_at));
            event
        });
        outcome
    }

    /// Reports a poll that changed nothing.
    pub(super) fn counted(
        &self,
        outcome: PollOutcome,
        grant: &Grant,
        now: Timestamp,
    ) -> PollOutcome {
        let kind = match &outcome {
            PollOutcome::Pending | PollOutcome::ConfirmationRequired { .. } => {
                EventKind::PollPending
            }
            PollOutcome::Unavailable { .. } => EventKind::PollPaused,
            PollOutcome::Expired => EventKind::PollExpired,
            PollOutcome::Denied => EventKind::PollDenied,
            PollOutcome::Refused(_) => EventKind::PollRefused,
            PollOutcome::InvalidTarget | PollOutcome::UnexpectedVerifier => EventKind::PollInvalid,
            PollOutcome::InvalidGrant => EventKind::Replayed,
            // Reported where they are made.
            PollOutcome::SlowDown { .. }
            | PollOutcome::Tokens(_)
            | PollOutcome::UnauthorizedClient => return outcome,
        };
        self.observe_grant(kind, grant, now);
        outcome
    }

    /// Answers a poll that came too early.
    pub(super) fn slowed_down(
        &self,
        poll: &Poll<'_>,
        grant: &Grant,
        now: Timestamp,
    ) -> Option<PollOutcome> {
        let early = poll
            .paced
            .filter(|paced| matches!(paced, Paced::SlowDown { .. }));
        early.map(|paced| self.pending(paced, &Undecided::of(grant, poll, now)))
    }

    /// Answers that the codes are expired, and stores that this was said, so that it stays the answer after a clock is set back.
    async fn expire(&self, stored: &Stored, now: Timestamp) -> Result<Look, Fault> {
        let mut kind = EventKind::PollExpired;
        // Stored before the answer: a device that was told gets the same answer on every node.
        if !stored.grant.is_told_expired() {
            let told = stored.grant.told_expired();
            if let Written::Lost = self.write(stored, told).await? {
                return Ok(Look::Again);
            }
            // A decided grant has had its event; this one reports codes that nobody used.
            if matches!(stored.grant.state(), State::Pending { .. }) {
                kind = EventKind::Expired;
            }
        }
        self.observe_grant(kind, &stored.grant, now);
        Ok(Look::Answered(PollOutcome::Expired))
    }

    pub(super) fn observe_client(
        &self,
        kind: EventKind,
        client: &Client,
        source: Option<IpAddr>,
        now: Timestamp,
    ) {
        self.observe(|| {
            let mut event = Event::new(kind, now);
            event.client = Some(client.id.clone());
            event.source = source;
            event
        });
    }
}

/// The facts that the event of a poll of an undecided grant has, of its row or of its body.
#[derive(Clone, Copy)]
struct Undecided<'a> {
    id: GrantId,
    client: &'a Client,
    issued_at: Timestamp,
    source: Option<IpAddr>,
    now: Timestamp,
}

impl<'a> Undecided<'a> {
    fn of_row(row: &Row, client: &'a Client, request: &DeviceTokenRequest) -> Self {
        Self {
            id: row.id,
            client,
            issued_at: row.issued_at,
            source: request.source,
            now: row.read_at,
        }
    }

    fn of(grant: &Grant, poll: &Poll<'a>, now: Timestamp) -> Self {
        Self {
            id: grant.id(),
            client: poll.client,
            issued_at: grant.facts().issued_at,
            source: poll.source,
            now,
        }
    }
}
