use super::fault::Fault;
use super::ports::Ports;
use crate::grant::{Grant, Holder, Timestamp};
use crate::host::{Charge, Client, Debit, EventKind, Source};

/// Who presents a device code.
pub(super) struct Presenter<'a> {
    pub(super) client: &'a Client,
    pub(super) holder: &'a Holder,
    pub(super) source: Option<&'a Source>,
}

impl Ports {
    /// Whether the device code is the presenter's. If not, nothing is told and nothing of the grant changes.
    ///
    /// Wrong keys and PKCE verifiers are charged to the grant, and to the grant from this source. Once too many came,
    /// the right one does not help either, or guessing would go on. A grant that is bound to neither costs nothing
    /// here.
    pub(super) async fn is_held(
        &self,
        grant: &Grant,
        presenter: &Presenter<'_>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let (bound, holder) = (&grant.facts().holder, presenter.holder);
        if bound.client_id != holder.client_id {
            self.observe_client(
                EventKind::ForeignDeviceCode,
                Some(grant.id()),
                presenter.client,
                now,
            );
            return Ok(false);
        }
        if !bound.is_bound() {
            return Ok(true);
        }
        let is_proven = bound.is_satisfied_by(holder);
        if !is_proven {
            self.observe_client(
                EventKind::UnprovenDeviceCode,
                Some(grant.id()),
                presenter.client,
                now,
            );
        }
        // Who presents nothing guesses nothing. Taken from whoever is right, too, before they know it: of guesses that
        // are under way at the same time none is for free.
        if !holder.is_bound() || !self.take_proof(grant, presenter, now).await? {
            return Ok(false);
        }
        if is_proven {
            self.give_proof_back(grant, presenter).await;
        }
        Ok(is_proven)
    }

    /// Whether proofs of this grant are still believed.
    async fn take_proof(
        &self,
        grant: &Grant,
        presenter: &Presenter<'_>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let charges = self.proofs(grant, presenter, Debit::Take);
        let Err(limited) = self.take(&charges).await? else {
            return Ok(true);
        };
        let kind = EventKind::Limited { key: limited.key };
        self.observe_client(kind, Some(grant.id()), presenter.client, now);
        Ok(false)
    }

    /// The proof was right, and counts no more. If the limiter fails, time gives it back.
    async fn give_proof_back(&self, grant: &Grant, presenter: &Presenter<'_>) {
        let charges = self.proofs(grant, presenter, Debit::GiveBack);
        self.give_back(&charges).await;
    }

    fn proofs(&self, grant: &Grant, presenter: &Presenter<'_>, debit: Debit) -> Vec<Charge> {
        let id = grant.id();
        let from_here = presenter.source.map(|source| {
            let key = self.limit_key("proof", &format!("{id}:{source}"));
            Charge::new(key, self.limits.wrong_proofs_per_source, debit)
        });
        let key = self.limit_key("proof", &id.to_string());
        let from_everywhere = Charge::new(key, self.limits.wrong_proofs, debit);
        from_here.into_iter().chain([from_everywhere]).collect()
    }
}
