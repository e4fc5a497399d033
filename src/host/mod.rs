//! The ports, which are the traits through which this crate calls your server, and the values that pass through them.
//!
//! | port | what it does | required |
//! |---|---|---|
//! | [`GrantStore`] | keeps the grants | yes |
//! | [`TokenIssuer`] | issues the tokens | yes |
//! | [`Limiter`] | limits attempts | yes |
//! | [`GrantDirectory`] | lists the grants of an end user or a client | no |
//! | [`TokenRevoker`] | revokes issued tokens | no |
//! | [`Policy`] | allows, narrows or refuses requests, approvals and redemptions | no |
//! | [`Announcer`] | notifies other nodes of decisions | no |
//! | [`Observer`] | receives every event | no |
//! | [`Timer`] | waits, for timeouts and waiting polls | no |
//! | [`Clock`] | tells the time | no: the default is the system's |
//! | [`Entropy`] | gives random bytes | no: the default is the operating system's |
//!
//! Ports with `async` methods use [`async_trait`](https://docs.rs/async-trait), so that a port can be chosen at run time.
//! Put the attribute [`async_trait`](macro@async_trait) of this module on your
//! `impl`. Without it, the compiler reports that "lifetime parameters or bounds on method `issue` do not match the trait
//! declaration". An `Arc` of a port implements the same port.
//!
//! No port has default methods, because a wrapper could forget to forward one.

mod announcer;
mod body;
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
pub use self::body::Body;
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
pub(crate) use self::limit_key::LimitKeys;
pub use self::limiter::{Charge, Charged, Limiter};
pub use self::nearby::Nearby;
pub use self::observer::Observer;
pub use self::policy::{ApprovalContext, AuthorizationContext, Policy, Ruling};
pub use self::port_error::PortError;
pub use self::quota::{Debt, Quota};
pub use self::redemption::Redemption;
pub use self::revoker::{TokenRevocation, TokenRevoker};
pub use self::row::{NewRow, Replacement, Row};
pub use self::store::GrantStore;
pub use self::system::System;
pub use self::timer::Timer;
pub(crate) use self::timer::until;
pub use self::visitor::Visitor;
pub(crate) use self::visitor::{Source, network};
pub use self::warning::Warning;
pub use crate::grant::pacing::{Pace, Paced, PollRecord};

/// The cause of a port's failure.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
