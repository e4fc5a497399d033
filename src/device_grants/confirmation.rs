use super::fault::Fault;
use super::inner::Inner;
use super::poll::{Look, Poll, PollOutcome};
use super::rows::Stored;
use super::store_access::Written;
use crate::code::{Approved, ConfirmationCode, ConfirmationDigest};
use crate::grant::{Claim, Confirmation, Grant, State, Timestamp};
use crate::host::EventKind;
use crate::message::ErrorResponse;

impl Inner {
    /// Returns the confirmation code of an approval by this claim, and the digest to store.
    pub(super) fn confirmation(
        &self,
        grant: &Grant,
        claim: &Claim,
    ) -> (ConfirmationCode, ConfirmationDigest) {
        self.keys.confirmation(&approved(grant, claim))
    }

    /// Returns the code that the device has to send; `None` if it has to send none.
    pub(super) fn awaited_code(&self, grant: &Grant) -> Option<ConfirmationCode> {
        let State::Unconfirmed {
            granted,
            confirmation,
        } = grant.state()
        else {
            return None;
        };
        let approval = approved(grant, &granted.claim);
        self.keys.confirmation_with(confirmation.code, &approval)
    }

    /// Answers a poll of an approval that the device has to confirm.
    ///
    /// A poll that comes too early gets `slow_down`, and its code is not read, so that fast polling gives no additional tries. The
    /// right code is written together with the lease, so that no grant is stored that is confirmed and not being redeemed.
    pub(super) async fn confirm(
        &self,
        poll: &Poll<'_>,
        stored: &Stored,
        confirmation: &Confirmation,
        now: Timestamp,
    ) -> Result<Look, Fault> {
        if let Some(outcome) = self.slowed_down(poll, &stored.grant, now) {
            return Ok(Look::Answered(outcome));
        }
        let tries_left = confirmation.tries_left();
        let unconfirmed = || {
            let outcome = PollOutcome::ConfirmationRequired { tries_left };
            Look::Answered(self.counted(outcome, &stored.grant, now))
        };
        let State::Unconfirmed { granted, .. } = stored.grant.state() else {
            return Ok(Look::Again);
        };
        let Some(code) = poll.confirmation_code else {
            return Ok(unconfirmed());
        };
        let approval = approved(&stored.grant, &granted.claim);
        let digests = self.keys.confirmation_digests(&approval, code);
        let Ok(next) = stored.grant.confirm(&digests, now) else {
            return Ok(Look::Again);
        };
        match next {
            None => Ok(unconfirmed()),
            Some(next) if matches!(next.state(), State::Approved { .. }) => {
                let confirmed = stored.after(next, stored.revision);
                let redeemed = self.redeem(poll, &confirmed, now).await?;
                Ok(redeemed.map_or(Look::Again, Look::Answered))
            }
            Some(next) => self.count(stored, next, now).await,
        }
    }

    /// Counts a wrong code.
    async fn count(&self, stored: &Stored, next: Grant, now: Timestamp) -> Result<Look, Fault> {
        let Written::Won(counted) = self.write(stored, next).await? else {
            return Ok(Look::Again);
        };
        let grant = &counted.grant;
        self.observe_grant(EventKind::WrongConfirmationCode, grant, now);
        if let State::Unconfirmed { confirmation, .. } = grant.state() {
            let tries_left = confirmation.tries_left();
            return Ok(Look::Answered(PollOutcome::ConfirmationRequired {
                tries_left,
            }));
        }
        self.observe_grant(EventKind::ConfirmationFailed, grant, now);
        Ok(Look::Answered(PollOutcome::Refused(
            ErrorResponse::access_denied(),
        )))
    }
}

fn approved<'a>(grant: &Grant, claim: &'a Claim) -> Approved<'a> {
    Approved {
        grant: grant.id(),
        nonce: claim.nonce.as_bytes(),
    }
}
