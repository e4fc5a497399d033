//! The wire messages of the device authorization grant, one file per exchange.
//!
//! | Exchange | Request | Response |
//! |---|---|---|
//! | [RFC 8628 §3.1, §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.1) | [`DeviceAuthorizationRequest`] | [`DeviceAuthorizationResponse`] |
//! | [RFC 8628 §3.4, §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.4) | [`DeviceTokenRequest`] | [`TokenResponse`] or [`ErrorResponse`] |
//! | [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2) | - | [`DeviceGrantMetadata`] |
//!
//! Requests are read from [`Parameters`], the pairs of a decoded form body, and every response
//! turns into a [`Reply`]: a status, headers and a body that any web framework can send. Nothing
//! here knows HTTP, time or the store. Every reader is total: what a stranger sends is either
//! understood or refused with an [`ErrorResponse`], within stated limits.

mod authorization_details;
mod device_authorization_request;
mod device_authorization_response;
mod device_token_request;
mod error_code;
mod error_response;
mod extra_parameters;
mod invalid_message;
pub(crate) mod members;
mod metadata;
mod parameters;
pub(crate) mod percent;
mod pkce;
mod reply;
mod resource;
mod scope;
mod sign_in_parameters;
mod token_response;
mod uri;

#[cfg(test)]
mod tests;

pub use self::{
    device_authorization_request::DeviceAuthorizationRequest,
    device_authorization_response::DeviceAuthorizationResponse,
    device_token_request::DeviceTokenRequest,
    error_code::ErrorCode,
    error_response::ErrorResponse,
    extra_parameters::{ExtraParameter, ExtraParameters},
    invalid_message::InvalidMessage,
    metadata::DeviceGrantMetadata,
    parameters::Parameters,
    pkce::{PkceChallenge, PkceVerifier},
    reply::Reply,
    scope::Scope,
    sign_in_parameters::SignInParameters,
    token_response::TokenResponse,
};

pub(crate) use self::uri::{EndpointUri, Issuer};
