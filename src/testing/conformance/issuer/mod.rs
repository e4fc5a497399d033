//! The clauses of [`TokenIssuer`](crate::host::TokenIssuer#contract), by what they are about.
//!
//! Each function wants a host in which nothing has happened. What only the host can do, such as locking a user, and
//! what only it knows, such as whether a token still works, it does and says as an [`IssuerHost`].
//! [`issuer_conformance_tests!`] calls the functions, each with a host of its own.
//!
//! [`issuer_conformance_tests!`]: crate::issuer_conformance_tests

mod attempts;
mod host;
pub mod refusing;
pub mod voiding;

pub use self::host::IssuerHost;
