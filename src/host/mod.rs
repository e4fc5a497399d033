//! The ports that this crate calls, and the values that pass through them.
//!
//! | port | answers | required |
//! |---|---|---|
//! | [`GrantStore`] | where grants live | yes |
//! | [`TokenIssuer`] | what the tokens are | yes |
//! | [`Limiter`] | who has tried too often | yes |
//! | [`GrantDirectory`] | whose grants there are | no |
//! | [`TokenRevoker`] | nothing; it ends tokens that were issued | no |
//! | [`Policy`] | whether this may happen at all | no |
//! | [`Announcer`] | nothing; it carries decisions to other nodes | no |
//! | [`Observer`] | nothing; it hears what happened | no |
//! | [`Timer`] | nothing; it ends calls that take too long | no |
//! | [`Clock`] | what time it is | no: the system's |
//! | [`Entropy`] | random bytes | no: the operating system's |
//!
//! Those whose methods are `async` are [`async_trait`](https://docs.rs/async-trait)s, so that a port can be chosen at
//! run time. A host that implements one puts the attribute [`async_trait`](macro@async_trait) on its `impl`, which is here
//! in the version that this crate uses; without it the compiler says that "lifetime parameters or bounds on method `issue`
//! do not match the trait declaration". An `Arc` of a store, a directory, an issuer, a revoker, a limiter, a policy
//! or a clock is one, too.
//!
//! No port has a method with a default body: one that is almost right becomes a hole, and a wrapper
//! does not forward it.

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
