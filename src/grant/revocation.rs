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
            subject: self.state().subject().cloned(),
            at: now,
        }))
    }
}
