use super::ports::Ports;
use crate::grant::{Grant, Holder, Timestamp};
use crate::host::{Client, EventKind};

impl Ports {
    /// Returns whether the presenter proves what the grant is bound to. If not, nothing is told and nothing of the grant changes.
    ///
    /// Wrong keys and PKCE verifiers cost nothing: each has 256 bits, so that nobody guesses one, and a charge would
    /// let a thief of the device code shut the right device out.
    pub(super) fn is_held(
        &self,
        grant: &Grant,
        client: &Client,
        holder: &Holder,
        now: Timestamp,
    ) -> bool {
        let is_held = grant.facts().holder.is_satisfied_by(holder);
        if !is_held {
            let kind = EventKind::UnprovenDeviceCode;
            self.observe_client(kind, Some(grant.id()), client, now);
        }
        is_held
    }
}
