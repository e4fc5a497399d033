//! Adds the OAuth 2.0 Device Authorization Grant
//! ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)) to an authorization server that already exists.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod code;
pub mod message;
#[cfg(feature = "poller")]
pub mod poller;
