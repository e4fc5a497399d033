use std::sync::Arc;

use super::{Grant, InvalidTransition, State, Timestamp};

impl Grant {
    /// Withdraws the grant, before tokens were issued or after.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] when it has already ended otherwise: denied, refused or revoked.
    pub(crate) fn revoke(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        let redeemed = match self.state() {
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Redeeming { .. } => None,
            State::Redeemed { attempt, .. } => Some(*attempt),
            State::Denied { .. }
            | State::Refused { .. }
            | State::Lapsed { .. }
            | State::Revoked { .. } => {
                return Err(self.cannot("be revoked"));
            }
        };
        Ok(self.with_state(State::Revoked {
            redeemed,
            // Kept: a revoker that failed is called again for this grant, which its user's list has to show until then.
            granted: self.state().granted().cloned(),
            at: now,
        }))
    }

    /// Erases the end user who approved, once the grant has ended, and what the request says of people and places. The
    /// answers to its device are the same.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] when it is alive, or its tokens may be: it has to be revoked first.
    pub(crate) fn erase(&self) -> Result<Self, InvalidTransition> {
        let mut state = self.state().clone();
        match &mut state {
            State::Refused { granted, .. } | State::Lapsed { granted, .. } => {
                *granted = Arc::new(granted.by_nobody());
            }
            State::Revoked { granted, .. } => *granted = None,
            State::Pending { .. }
            | State::Approved { .. }
            | State::Unconfirmed { .. }
            | State::Denied { .. }
            | State::Redeeming { .. }
            | State::Redeemed { .. } => return Err(self.cannot("be erased")),
        }
        Ok(self.with_state(state).about_nobody())
    }
}
