use std::time::Duration;

use crate::message::{ErrorResponse, TokenResponse};
use crate::testing::{Checkpoint, Script, ScriptedPolicy};

/// The time that an attempt has for its tokens.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// The trouble of the first attempt, besides the cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Trouble {
    None,
    IssuerIsAway,
    IssuerRefuses,
    IssuerPanics,
    IssuerIsSlow,
    IssuerIsTooLate,
    TokensAreUnfit,
    PolicyIsAway,
}

impl Trouble {
    pub(super) const ALL: [Self; 8] = [
        Self::None,
        Self::IssuerIsAway,
        Self::IssuerRefuses,
        Self::IssuerPanics,
        Self::IssuerIsSlow,
        Self::IssuerIsTooLate,
        Self::TokensAreUnfit,
        Self::PolicyIsAway,
    ];

    /// The first answer of the issuer.
    pub(super) fn script(self) -> Script {
        match self {
            Self::None | Self::PolicyIsAway => Script::Tokens,
            Self::IssuerIsAway => Script::Unavailable,
            Self::IssuerRefuses => Script::Refused(ErrorResponse::access_denied()),
            Self::IssuerPanics => Script::Panic,
            Self::IssuerIsSlow => Script::Late(LEASE - Duration::from_secs(1)),
            Self::IssuerIsTooLate => Script::Late(LEASE),
            Self::TokensAreUnfit => Script::Response(TokenResponse::bearer("", LEASE)),
        }
    }

    /// Sets the ruling of the policy on the first attempt.
    pub(super) fn prepare(self, policy: &ScriptedPolicy) {
        if self == Self::PolicyIsAway {
            policy.fail(Checkpoint::Redemption);
        }
    }
}
