use std::time::Duration;

use super::fault::Fault;
use super::inner::Inner;
use super::poll::{Poll, PollOutcome};
use super::redeem::{Draft, is_redeemed_by};
use super::rows::Stored;
use crate::grant::{Grant, Pause, Timestamp};
use crate::host::{EventKind, Redemption};
use crate::message::TokenResponse;

impl Inner {
    /// Answers the device of a redeemed grant once more, while the window for it is open.
    ///
    /// It writes nothing: the attempt is committed, and stays the only one. It discards no tokens that the device may have
    /// already, unless the grant was revoked meanwhile.
    pub(super) async fn redeliver(
        &self,
        poll: &Poll<'_>,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<PollOutcome, Fault> {
        let grant = &stored.grant;
        let until = self
            .redelivery
            .and_then(|window| grant.redeliverable_until(window))
            .filter(|until| now < *until);
        let redemption = until.and_then(|until| Redemption::again(poll.client, grant, until));
        let Some(redemption) = redemption else {
            return Ok(self.replayed(grant));
        };
        if !grant.may_name(poll.resources) {
            return Ok(PollOutcome::InvalidTarget);
        }
        let redemption = redemption.proven(poll.key);
        match self.draft(stored, redemption.clone()).await {
            Draft::Tokens(tokens) => self.deliver_again(stored, &redemption, tokens).await,
            Draft::NoTarget => Ok(PollOutcome::InvalidTarget),
            Draft::Late | Draft::Ended => Ok(self.replayed(grant)),
            Draft::Refused(_) => {
                self.observe_grant(EventKind::RedemptionRefused, grant, now);
                Ok(PollOutcome::InvalidGrant)
            }
            Draft::Unavailable {
                port,
                retry_after,
                cause,
            } => {
                self.observe_unavailable(port, &*cause, grant, now);
                let retry_after =
                    retry_after.map(|later| self.pause_for(stored, &redemption, later));
                Ok(PollOutcome::Unavailable { retry_after })
            }
            // Nothing is discarded: the answer may name tokens that the device already holds.
            Draft::Unfit { cause, .. } => {
                let broken = Fault::lasting("issuer", "the token issuer broke its contract", cause);
                Err(self.fault_of(broken, grant))
            }
        }
    }

    async fn deliver_again(
        &self,
        stored: &Stored,
        redemption: &Redemption,
        tokens: TokenResponse,
    ) -> Result<PollOutcome, Fault> {
        // Read again, because the grant may have been revoked while the issuer worked. The revocation wins.
        let current = self.find(&redemption.grant.id).await?;
        if current.is_some_and(|current| is_redeemed_by(&current.grant, redemption)) {
            if self.now_at(stored) >= redemption.deadline {
                // Not discarded: they may be the very tokens that the device has.
                return Ok(self.replayed(redemption.record()));
            }
            self.observe_grant(EventKind::Redelivered, redemption.record(), self.now());
            return Ok(PollOutcome::Tokens(tokens));
        }
        self.discard(redemption, tokens).await;
        Ok(PollOutcome::InvalidGrant)
    }

    /// Answers a poll with a used code, outside of the window for redelivery.
    fn replayed(&self, grant: &Grant) -> PollOutcome {
        self.observe_grant(EventKind::Replayed, grant, self.now());
        PollOutcome::InvalidGrant
    }

    /// Returns the time that the device is told to wait, which ends with the window for redelivery.
    fn pause_for(&self, stored: &Stored, redemption: &Redemption, later: Duration) -> Duration {
        let (now, interval) = (self.now_at(stored), redemption.grant.interval);
        // At most until the end of the window, after which the device would get `invalid_grant`.
        Pause::after(1, now, Some(later), interval, redemption.deadline)
            .until
            .duration_until(now)
    }
}
