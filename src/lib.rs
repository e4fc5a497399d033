//! Adds the OAuth 2.0 Device Authorization Grant
//! ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)) to an authorization server that already exists.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod code;
pub mod device_grants;
pub mod grant;
pub mod host;
#[cfg(feature = "http")]
pub mod http;
pub mod limiter;
#[cfg(feature = "memory")]
mod memory;
pub mod message;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "poller")]
pub mod poller;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(inline)]
pub use self::device_grants::{
    Approval, Authorization, BuildError, Builder, DecisionError, DeviceGrants, Fault, Limits,
    PollOutcome, PollRequest, Review, ReviewTicket,
};

#[cfg(all(doctest, feature = "memory"))]
#[doc = include_str!("../README.md")]
mod readme {}
