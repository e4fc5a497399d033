use std::sync::Arc;

use super::{DecisionRefused, Grant, Granted, InvalidTransition, State, Timestamp};
use crate::code::ConfirmationDigest;
use crate::message::ErrorResponse;
use std::time::Duration;

/// The code that a device has to send before an approval counts, and the wrong ones that it sent instead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Confirmation {
    /// The right code.
    pub(crate) code: ConfirmationDigest,
    /// The wrong codes, each once: fewer than [`TRIES`](Self::TRIES).
    pub(crate) wrong: Vec<ConfirmationDigest>,
}

impl Confirmation {
    /// The number of different wrong codes that end a grant. Of a million codes, three tries find the right one with a
    /// probability of 3 in 1,000,000.
    pub(crate) const TRIES: u32 = 3;

    /// A confirmation that nobody has tried.
    pub(crate) fn new(code: ConfirmationDigest) -> Self {
        Self {
            code,
            wrong: Vec::new(),
        }
    }

    /// The number of different codes that may still be sent.
    pub(crate) fn tries_left(&self) -> u32 {
        let used = u32::try_from(self.wrong.len()).unwrap_or(Self::TRIES);
        Self::TRIES.saturating_sub(used)
    }
}

impl Grant {
    /// Approves as [`approve`](Self::approve) does, on the condition that the device sends this code.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub(crate) fn approve_unconfirmed(
        &self,
        granted: Granted,
        code: ConfirmationDigest,
        now: Timestamp,
        longest: Duration,
    ) -> Result<Self, DecisionRefused> {
        let granted = self.accept(granted, now, longest)?;
        Ok(self.with_state(State::Unconfirmed {
            granted,
            confirmation: Confirmation::new(code),
        }))
    }

    /// Judges a confirmation code, given as its digest under each key, the current one first.
    ///
    /// The right one approves. A wrong one counts, once however often it is sent: the reply to it may have been lost, and
    /// a repetition tells nothing new. The last wrong one ends the grant with `access_denied`. `None` if nothing changes.
    ///
    /// # Errors
    ///
    /// [`InvalidTransition`] in any other state, and once expired.
    pub(crate) fn confirm(
        &self,
        sent: &[ConfirmationDigest],
        now: Timestamp,
    ) -> Result<Option<Self>, InvalidTransition> {
        let State::Unconfirmed {
            granted,
            confirmation,
        } = self.state()
        else {
            return Err(self.cannot("be confirmed"));
        };
        if self.is_expired(now) {
            return Err(InvalidTransition {
                state: "expired",
                event: "be confirmed",
            });
        }
        let granted = Arc::clone(granted);
        if sent.contains(&confirmation.code) {
            return Ok(Some(self.with_state(State::Approved {
                granted,
                attempts: 0,
                pause: None,
            })));
        }
        // Under every key: after a change of keys, a repeated code must not count again.
        let is_repeated = sent.iter().any(|code| confirmation.wrong.contains(code));
        let Some(wrong) = sent.first().filter(|_| !is_repeated) else {
            return Ok(None);
        };
        let mut confirmation = confirmation.clone();
        confirmation.wrong.push(*wrong);
        let next = if confirmation.tries_left() > 0 {
            State::Unconfirmed {
                granted,
                confirmation,
            }
        } else {
            // Refused, and not denied, because the decision of the end user never changes.
            State::Refused {
                granted,
                refusal: ErrorResponse::access_denied(),
                at: now,
            }
        };
        Ok(Some(self.with_state(next)))
    }
}
