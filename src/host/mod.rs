//! The ports that this crate calls, and the values that pass through them.
//!
//! | port | what it does | required |
//! |---|---|---|
//! | [`GrantStore`] | keeps the grants | yes |
//! | [`TokenIssuer`] | issues the tokens | yes |
//! | [`Limiter`] | counts attempts, and refuses too many | yes |
//! | [`GrantDirectory`] | lists the grants of an end user or a client | no |
//! | [`TokenRevoker`] | ends tokens that were issued | no |
//! | [`Policy`] | allows, narrows or refuses requests, approvals and redemptions | no |
//! | [`Announcer`] | carries decisions to other nodes | no |
//! | [`Observer`] | receives every event | no |
//! | [`Timer`] | ends calls that take too long | no |
//! | [`Clock`] | tells the time | no: the system's |
//! | [`Entropy`] | gives random bytes | no: the operating system's |
//!
//! Ports with `async` methods are [`async_trait`](https://docs.rs/async-trait)s, so that a port can be chosen at run time.
//! Put the attribute [`async_trait`](macro@async_trait) of this module, which is the version that this crate uses, on your
//! `impl`. Without it the compiler says that "lifetime parameters or bounds on method `issue` do not match the trait
//! declaration". An `Arc` of a store, a directory, an issuer, a revoker, a limiter, a policy or a clock is that port as well.
//!
//! No port has a method with a default body. A default that is almost right would be a hole, and a wrapper would not forward
//! it.

mod announcer;
mod client;
mod clock;
mod device_authorization_request;
mod device_token_request;
mod directory;
mod entropy;
mod event;
mod issuer;
mod limit_key;
mod limiter;
mod nearby;
mod observer;
mod policy;
mod port_error;
mod quota;
mod redemption;
mod revoker;
mod row;
mod store;
mod system;
mod timer;
mod visitor;
mod warning;

#[doc(no_inline)]
pub use async_trait::async_trait;

pub use self::announcer::Announcer;
pub use self::client::{Client, Terms};
pub use self::clock::Clock;
pub use self::device_authorization_request::DeviceAuthorizationRequest;
pub use self::device_token_request::DeviceTokenRequest;
pub use self::directory::{Cursor, GrantDirectory, GrantsOf, PageRequest};
pub use self::entropy::Entropy;
pub(crate) use self::entropy::EntropyRng;
pub use self::event::{Event, EventKind, Severity};
pub use self::issuer::{IssueError, TokenIssuer, issuer_fn};
pub use self::limit_key::LimitKey;
pub use self::limiter::{Charge, Charged, Limiter};
pub use self::nearby::Nearby;
pub use self::observer::Observer;
pub use self::policy::{ApprovalContext, AuthorizationContext, Policy, Ruling};
pub use self::port_error::PortError;
pub use self::quota::{Debt, Quota};
pub use self::redemption::Redemption;
pub use self::revoker::{TokenRevocation, TokenRevoker};
pub use self::row::{Body, NewRow, Replacement, Row};
pub use self::store::GrantStore;
pub use self::system::System;
pub use self::timer::Timer;
pub use self::visitor::Visitor;
pub(crate) use self::visitor::{Source, network};
pub use self::warning::Warning;
pub use crate::grant::pacing::{Pace, Paced, PollRecord};

/// The cause of a port's failure.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
