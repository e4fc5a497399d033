use std::sync::Arc;

use super::{Facts, HostData, InvalidTransition, Origin, State, Timestamp};
use crate::code::GrantId;
use crate::message::{ExtraParameters, SignInParameters};

/// One device authorization grant: the facts that never change, and its state.
///
/// It is cheap to clone. It holds no code: only the [`GrantId`], which is derived from the device code, and a keyed digest of the
/// user code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grant {
    facts: Arc<Facts>,
    state: State,
    is_told_expired: bool,
}

impl Grant {
    /// A pending grant.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn issue(facts: Facts) -> Self {
        Self {
            facts: Arc::new(facts),
            state: State::Pending { review: None },
            is_told_expired: false,
        }
    }

    /// The same grant without what its request says of people and places.
    pub(super) fn about_nobody(mut self) -> Self {
        let facts = Arc::make_mut(&mut self.facts);
        facts.requested.authorization_details = Vec::new();
        facts.sign_in = SignInParameters::default();
        facts.extras = ExtraParameters::default();
        facts.expected_subject = None;
        facts.origin = Origin::default();
        facts.data = HostData::default();
        self
    }

    pub(crate) fn id(&self) -> GrantId {
        self.facts.id
    }

    /// The facts that never change.
    pub(crate) fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Returns whether the codes are expired: from `expires_at` on, and for good once a device was told so.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.is_told_expired || now >= self.facts.expires_at
    }

    /// Returns whether a device was told that the codes are expired.
    pub(crate) fn is_told_expired(&self) -> bool {
        self.is_told_expired
    }

    /// The grant of which a device is told that it is expired, so that no clock that is set back revives it.
    pub(crate) fn told_expired(&self) -> Self {
        Self {
            is_told_expired: true,
            ..self.clone()
        }
    }

    pub(super) fn from_parts(facts: Facts, state: State, is_told_expired: bool) -> Self {
        Self {
            facts: Arc::new(facts),
            state,
            is_told_expired,
        }
    }

    pub(super) fn with_state(&self, state: State) -> Self {
        Self {
            facts: Arc::clone(&self.facts),
            state,
            is_told_expired: self.is_told_expired,
        }
    }

    pub(super) fn cannot(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition {
            state: self.state.name(),
            event,
        }
    }
}
