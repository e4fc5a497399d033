use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::invalid_value::InvalidValue;
use crate::message::reason::Reason;

/// The code of an error on the wire.
///
/// The codes come from [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2),
/// [RFC 7009 §2.2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1),
/// [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5),
/// [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2),
/// [RFC 9396 §5](https://www.rfc-editor.org/rfc/rfc9396#section-5) and
/// [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5).
///
/// ```
/// use device_grant::message::ErrorCode;
///
/// let code: ErrorCode = "slow_down".parse()?;
/// assert_eq!(code, ErrorCode::SlowDown);
/// assert_eq!(code.as_str(), "slow_down");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The request is malformed, misses a parameter or repeats one.
    InvalidRequest,
    /// The client is unknown, or did not authenticate.
    InvalidClient,
    /// The device code is unknown, used, revoked, or another client's.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The grant type is not served here.
    UnsupportedGrantType,
    /// The scope is malformed, unknown, or more than the client may request.
    InvalidScope,
    /// A resource indicator is malformed, unknown, or was not requested.
    InvalidTarget,
    /// The authorization details are malformed, or of an unknown type.
    InvalidAuthorizationDetails,
    /// The end user has not decided yet.
    AuthorizationPending,
    /// The end user has not decided yet, and the client polls too fast.
    SlowDown,
    /// The end user, or a policy, refused.
    AccessDenied,
    /// The device code has expired.
    ExpiredToken,
    /// The server failed in a way that repeating the request does not repair.
    ServerError,
    /// A part of the server is overloaded or unavailable; try again later.
    TemporarilyUnavailable,
    /// The DPoP proof needs a nonce of the server.
    UseDpopNonce,
    /// The DPoP proof is not valid.
    InvalidDpopProof,
    /// Tokens of this kind cannot be revoked.
    UnsupportedTokenType,
}

impl ErrorCode {
    const ALL: [Self; 17] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::InvalidScope,
        Self::InvalidTarget,
        Self::InvalidAuthorizationDetails,
        Self::AuthorizationPending,
        Self::SlowDown,
        Self::AccessDenied,
        Self::ExpiredToken,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::UseDpopNonce,
        Self::InvalidDpopProof,
        Self::UnsupportedTokenType,
    ];

    /// Returns the code as it is written in the `error` member.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    /// Returns what the code means, in words for the developer of a client, to be sent as `error_description` where
    /// nothing better is known. It says no more than the code does.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request is malformed, misses a parameter or repeats one.",
            Self::InvalidClient => "The client is unknown, or did not authenticate as it has to.",
            Self::InvalidGrant => {
                "The code or token is unknown, used, revoked, or not shown to be this client's."
            }
            Self::UnauthorizedClient => "The client may not use this grant.",
            Self::UnsupportedGrantType => "The grant type is not served here.",
            Self::InvalidScope => "The scope is malformed, or more than may be asked for.",
            Self::InvalidTarget => "A resource is malformed, or more than may be asked for.",
            Self::InvalidAuthorizationDetails => {
                "The authorization details are malformed, or of an unknown type."
            }
            Self::AuthorizationPending => {
                "The device authorization is pending. Please try again later."
            }
            Self::SlowDown => "The device polls too fast. Please wait longer between polls.",
            Self::AccessDenied => "The request was denied.",
            Self::ExpiredToken => "The device code has expired. Please start again.",
            Self::ServerError => "The server failed.",
            Self::TemporarilyUnavailable => {
                "The server cannot answer at the moment. Please try again later."
            }
            Self::UseDpopNonce => "The DPoP proof needs a nonce of the server's.",
            Self::InvalidDpopProof => "The DPoP proof is not valid.",
            Self::UnsupportedTokenType => "Tokens of this kind cannot be revoked.",
        }
    }

    /// Returns the HTTP status that goes with the code.
    ///
    /// It is 400 but for `invalid_client` (401), `server_error` (500) and `temporarily_unavailable`
    /// (503).
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope
            | Self::InvalidTarget
            | Self::InvalidAuthorizationDetails
            | Self::AuthorizationPending
            | Self::SlowDown
            | Self::AccessDenied
            | Self::ExpiredToken
            | Self::UseDpopNonce
            | Self::InvalidDpopProof
            | Self::UnsupportedTokenType => 400,
        }
    }
}

impl FromStr for ErrorCode {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|code| code.as_str() == text);
        Ok(known.ok_or(Reason::ErrorCode)?)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
