use super::ports::Ports;
use crate::grant::{Grant, Holder, Timestamp};
use crate::host::{Client, EventKind};

impl Ports {
    /// Whether the device code is the presenter's. If not, nothing is told and nothing of the grant changes.
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
        let bound = &grant.facts().holder;
        let kind = if bound.client_id != holder.client_id {
            EventKind::ForeignDeviceCode
        } else if !bound.is_satisfied_by(holder) {
            EventKind::UnprovenDeviceCode
        } else {
            return true;
        };
        self.observe_client(kind, Some(grant.id()), client, now);
        false
    }
}
