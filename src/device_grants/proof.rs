use super::inner::{Inner, event_of};
use crate::grant::{Grant, Timestamp};
use crate::host::{Client, DeviceTokenRequest, EventKind};

impl Inner {
    /// Returns whether the request has the proofs to which the grant is bound. If not, the client learns nothing, the grant does
    /// not change, and the observer gets an event.
    ///
    /// Wrong keys and PKCE verifiers cost nothing: each has 256 bits, so that nobody guesses one, and a charge would
    /// let a thief of the device code shut the right device out.
    pub(super) fn proves(
        &self,
        grant: &Grant,
        client: &Client,
        request: &DeviceTokenRequest,
        now: Timestamp,
    ) -> bool {
        let facts = grant.facts();
        let is_proven =
            facts.client_id == client.id && facts.binding.is_satisfied_by(&request.proof());
        if !is_proven {
            let kind = EventKind::UnprovenDeviceCode;
            self.observe(|| {
                let mut event = event_of(kind, facts, now);
                event.client = Some(client.id.clone());
                event.source = request.source;
                event
            });
        }
        is_proven
    }
}
