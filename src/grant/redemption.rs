use crate::message::ErrorResponse;
use std::sync::Arc;
use std::time::Duration;

use super::{Attempt, Fence, Grant, Granted, InvalidTransition, Lease, Pause, State, Timestamp};

impl Grant {
    /// Begins an attempt to issue tokens for `resources`, or for all that was granted if it names none: an approved
    /// grant, or one whose last attempt let its lease run out.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] in any other state, while another lease or a [`Pause`] is live, and once expired.
    pub(crate) fn lease(
        &self,
        fence: Fence,
        now: Timestamp,
        length: Duration,
        resources: &[String],
    ) -> Result<Self, InvalidTransition> {
        // In whatever state: an attempt that begins after the end could commit after a device was told `expired_token`.
        if self.is_expired(now) {
            return Err(InvalidTransition {
                state: "expired",
                event: "be redeemed",
            });
        }
        let (granted, begun_before) = match self.state() {
            State::Approved {
                pause: Some(pause), ..
            } if pause.is_live(now) => return Err(self.cannot("be redeemed during a pause")),
            State::Approved {
                granted, attempts, ..
            } => (granted, *attempts),
            State::Redeeming { granted, lease, .. } if !lease.is_live(now) => {
                (granted, lease.attempt.ordinal)
            }
            State::Redeeming { .. }
            | State::Pending { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => return Err(self.cannot("be redeemed")),
        };
        // Ordinals rise for the life of the grant: an issuer voids the tokens of all lower ones.
        let attempt = Attempt::new(fence, begun_before.saturating_add(1));
        let lease = Lease::begin(attempt, now, length);
        Ok(self.with_state(State::Redeeming {
            granted: Arc::clone(granted),
            lease,
            resources: resources.into(),
        }))
    }

    /// Commits the attempt: from here on its tokens may leave, and no other attempt's can.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] unless the attempt holds a live lease.
    pub(crate) fn commit(
        &self,
        attempt: Attempt,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self.state() {
            // The fence names one attempt. A device that was told that its codes are expired gets no tokens by a late commit.
            State::Redeeming {
                granted,
                lease,
                resources,
            } if lease.attempt == attempt && lease.is_live(now) && !self.is_told_expired() => {
                Ok(self.with_state(State::Redeemed {
                    granted: Arc::clone(granted),
                    attempt,
                    resources: Arc::clone(resources),
                    at: now,
                }))
            }
            State::Redeeming { .. }
            | State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => Err(self.cannot("commit this attempt")),
        }
    }

    /// Gives the lease back without tokens, after the issuer could not work. A later poll tries again, once the
    /// [`Pause`] that begins now is over; `retry_after` is what the issuer said of it. The pause is over when the
    /// approval [ends](Self::ends_at) with this `window`.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] unless the attempt holds the lease.
    pub(crate) fn abandon(
        &self,
        attempt: Attempt,
        now: Timestamp,
        retry_after: Option<Duration>,
        window: Option<Duration>,
    ) -> Result<Self, InvalidTransition> {
        let granted = self.granted_to(attempt, "abandon this attempt")?;
        let pause = Pause::after(
            attempt.ordinal,
            now,
            retry_after,
            self.facts().interval,
            self.ends_at(window),
        );
        Ok(self.with_state(State::Approved {
            granted,
            attempts: attempt.ordinal,
            pause: Some(pause),
        }))
    }

    /// Gives the lease back without a pause, and as if there had been no attempt: nobody was asked for tokens.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] unless the attempt holds the lease.
    pub(crate) fn give_back(&self, attempt: Attempt) -> Result<Self, InvalidTransition> {
        let granted = self.granted_to(attempt, "give this attempt back")?;
        Ok(self.with_state(State::Approved {
            granted,
            attempts: attempt.ordinal.saturating_sub(1),
            pause: None,
        }))
    }

    /// Ends the grant without tokens, by the host's word.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] unless the attempt holds the lease.
    pub(crate) fn refuse(
        &self,
        attempt: Attempt,
        refusal: ErrorResponse,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        let granted = self.granted_to(attempt, "refuse this attempt")?;
        Ok(self.with_state(State::Refused {
            granted,
            refusal,
            at: now,
        }))
    }

    /// Ends the grant without tokens, because the approval was over before the issuer was asked.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] unless the attempt holds the lease.
    pub(crate) fn give_up(
        &self,
        attempt: Attempt,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        let granted = self.granted_to(attempt, "lapse in this attempt")?;
        Ok(self.with_state(State::Lapsed { granted, at: now }))
    }

    /// Returns the approval that this attempt is for, if it holds the lease, live or not.
    fn granted_to(
        &self,
        attempt: Attempt,
        event: &'static str,
    ) -> Result<Arc<Granted>, InvalidTransition> {
        match self.state() {
            // Also after the lease: until another attempt takes the grant over, giving it up harms nobody.
            State::Redeeming { granted, lease, .. } if lease.attempt == attempt => {
                Ok(Arc::clone(granted))
            }
            State::Redeeming { .. }
            | State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => Err(self.cannot(event)),
        }
    }

    /// The end of an approval without tokens: `window` after it was given, if there is one, and at the latest when the
    /// codes expire. An attempt that began before may still commit while its lease lasts.
    pub(crate) fn ends_at(&self, window: Option<Duration>) -> Timestamp {
        let expires_at = self.facts().expires_at;
        let granted = self.state().granted();
        match granted.zip(window) {
            Some((granted, window)) => expires_at.min(granted.at + window),
            None => expires_at,
        }
    }

    /// Ends an approval that is `window` old with `expired_token`, during a [`Pause`] too.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] before that, while a lease is live, and in any state in which no tokens are due.
    pub(crate) fn lapse(
        &self,
        window: Duration,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self.state() {
            State::Redeeming { lease, .. } if lease.is_live(now) => Err(self.cannot("lapse")),
            State::Approved { granted, .. }
            | State::Unconfirmed { granted, .. }
            | State::Redeeming { granted, .. }
                if now >= granted.at + window =>
            {
                Ok(self.with_state(State::Lapsed {
                    granted: Arc::clone(granted),
                    at: now,
                }))
            }
            State::Redeeming { .. }
            | State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeemed { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => Err(self.cannot("lapse")),
        }
    }

    /// Until when the tokens of a redeemed grant may be delivered once more: `window` after the redemption, and
    /// never after the codes have expired. `None` for any other state.
    pub(crate) fn redeliverable_until(&self, window: Duration) -> Option<Timestamp> {
        match self.state() {
            State::Redeemed { at, .. } => Some((*at + window).min(self.facts().expires_at)),
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeeming { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => None,
        }
    }
}
