//! The clauses of [`TokenIssuer`](crate::host::TokenIssuer#contract), by what they are about.
//!
//! Each function needs a fresh [`IssuerHost`], which does what only your server can do, such as locking a user or checking a
//! token. [`issuer_conformance_tests!`] calls each function with one.
//!
//! [`issuer_conformance_tests!`]: crate::issuer_conformance_tests

mod attempts;
mod host;
pub mod refusing;
pub mod voiding;

pub use self::host::IssuerHost;
