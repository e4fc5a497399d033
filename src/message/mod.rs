//! The wire messages of the device authorization grant, one file per exchange.
//!
//! | Exchange | Request | Response |
//! |---|---|---|
//! | [RFC 8628 §3.1, §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.1) | [`DeviceAuthorizationRequest`](crate::DeviceAuthorizationRequest) | [`DeviceAuthorizationResponse`] |
//! | [RFC 8628 §3.4, §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.4) | [`DeviceTokenRequest`](crate::DeviceTokenRequest) | [`TokenResponse`] or [`ErrorResponse`] |
//! | [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2) | - | [`add_metadata`] |
//!
//! Requests are read from [`Parameters`], the pairs of a decoded form body. Every response
//! converts into a [`Reply`]: a status, headers and a body that any web framework can send. This module does not depend on
//! HTTP, time or the store. Every input is either read or refused with an [`ErrorResponse`], within documented limits.

pub(crate) mod authorization_details;
mod device_authorization_response;
mod error_code;
mod error_response;
mod extra_parameters;
pub(crate) mod members;
mod metadata;
pub(crate) mod parameters;
pub(crate) mod percent;
mod pkce;
pub(crate) mod prefer;
mod reason;
mod reply;
pub(crate) mod resource;
mod scope;
mod sign_in_parameters;
mod token_response;
mod uri;

#[cfg(test)]
mod tests;

pub use self::{
    device_authorization_response::DeviceAuthorizationResponse, error_code::ErrorCode,
    error_response::ErrorResponse, extra_parameters::ExtraParameters, metadata::add_metadata,
    parameters::Parameters, reply::Reply, scope::Scope, sign_in_parameters::SignInParameters,
    token_response::TokenResponse,
};

#[cfg(feature = "page")]
pub(crate) use self::error_response::ceil_seconds;
pub(crate) use self::{
    extra_parameters::ExtraParameter,
    pkce::{PkceChallenge, PkceVerifier},
    uri::{EndpointUri, Issuer},
};

/// The grant type of a device access token request.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
