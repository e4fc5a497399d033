use super::{Attempt, Confirmation, Grant, Pause, State, Timestamp};
use crate::message::ErrorResponse;

/// The answer to a poll by the right holder, in the order in which the questions are asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer<'a> {
    /// Tokens were issued before: `invalid_grant` from now on.
    Redeemed(Attempt),
    /// Withdrawn: `access_denied` if it was before tokens were issued, `invalid_grant` after. This never changes.
    Revoked {
        /// True if tokens had been issued.
        after_redemption: bool,
    },
    /// `expired_token`, whatever else happened. This never changes.
    Expired,
    /// The end user denied: `access_denied`.
    Denied,
    /// Approved, and the device did not come in time: `expired_token` from now on.
    Lapsed,
    /// The host refused.
    Refused(&'a ErrorResponse),
    /// Approved, and nobody is issuing: issue now.
    Redeem,
    /// Approved, and the issuer could not work lately: `authorization_pending`.
    Paused(Pause),
    /// Somebody is issuing, and began before the expiry: `authorization_pending`.
    Redeeming,
    /// Approved, and the device has to send a confirmation code: pacing says which kind of pending.
    Confirm(&'a Confirmation),
    /// Undecided: pacing says which kind of pending.
    Pending,
}

impl Grant {
    /// Returns the answer to a poll by the right holder at `now`.
    pub(crate) fn answer(&self, now: Timestamp) -> Answer<'_> {
        let is_expired = self.is_expired(now);
        match self.state() {
            // Before the expiry: a replayed code stays `invalid_grant`, and an answer that was given does not change.
            State::Redeemed { attempt, .. } => Answer::Redeemed(*attempt),
            // A grant that had expired before it was revoked stays `expired_token`, as its device may have been told.
            State::Revoked {
                redeemed: None, at, ..
            } if self.is_expired(*at) => Answer::Expired,
            State::Revoked { redeemed, .. } => Answer::Revoked {
                after_redemption: redeemed.is_some(),
            },
            // Even past the expiry: the attempt may still commit, and no tokens may follow an `expired_token`.
            State::Redeeming { lease, .. } if lease.is_live(now) && !self.is_told_expired() => {
                Answer::Redeeming
            }
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeeming { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
                if is_expired =>
            {
                Answer::Expired
            }
            State::Denied { .. } => Answer::Denied,
            State::Lapsed { .. } => Answer::Lapsed,
            State::Refused { refusal, .. } => Answer::Refused(refusal),
            State::Approved {
                pause: Some(pause), ..
            } if pause.is_live(now) => Answer::Paused(*pause),
            State::Approved { .. } => Answer::Redeem,
            State::Unconfirmed { confirmation, .. } => Answer::Confirm(confirmation),
            // The lease is over, or the clock was set back behind it: another attempt takes the grant over.
            State::Redeeming { .. } => Answer::Redeem,
            State::Pending { .. } => Answer::Pending,
        }
    }
}
