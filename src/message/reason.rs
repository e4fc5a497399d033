use thiserror::Error;

use crate::invalid_value::InvalidValue;
use crate::message::{EndpointUri, ExtraParameter, Scope, TokenResponse};

impl From<Reason> for InvalidValue {
    fn from(reason: Reason) -> Self {
        Self::of(reason)
    }
}

/// The rules that a value of a message may break.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum Reason {
    #[error("tokens are separated by exactly one space")]
    EmptyScopeToken,
    #[error("a token holds a character that is not allowed")]
    ScopeCharacter,
    #[error("the scope is longer than {} bytes", Scope::MAX_LEN)]
    ScopeTooLong,
    #[error("the scope has more than {} tokens", Scope::MAX_TOKENS)]
    TooManyScopeTokens,
    #[error("the text is not an absolute URI")]
    UriSyntax,
    #[error("the URI is longer than {} bytes", EndpointUri::MAX_LEN)]
    UriTooLong,
    #[error("the scheme must be https, or http on a loopback host")]
    UriScheme,
    #[error("the URI has no host")]
    UriHost,
    #[error("the port is not a number up to 65535")]
    UriPort,
    #[error("the URI must not have user information")]
    UriUserInfo,
    #[error("the URI must not have a query")]
    UriQuery,
    #[error("the URI must not have a fragment")]
    UriFragment,
    #[error("a code challenge is 43 characters of base64url")]
    PkceChallenge,
    #[error("a code verifier is 43 to 128 unreserved characters")]
    PkceVerifier,
    #[error(
        "the name of a parameter is 1 to {} characters of printable ASCII",
        ExtraParameter::MAX_NAME
    )]
    ParameterName,
    #[error("the parameter has a meaning of its own")]
    ParameterTaken,
    #[error("access_token is not printable ASCII, or is empty")]
    AccessToken,
    #[error("refresh_token is not printable ASCII, or is empty")]
    RefreshToken,
    #[error("token_type is neither a name nor a URI")]
    TokenType,
    #[error("an extra member has the name of a standard one")]
    ReservedMember,
    #[error("the response is longer than {} bytes", TokenResponse::MAX_LEN)]
    ResponseTooLong,
    #[error("the response is no JSON object")]
    NoObject,
    #[error("{0} is missing, or of the wrong type")]
    Unfit(&'static str),
    #[error("not a known error code")]
    ErrorCode,
}
