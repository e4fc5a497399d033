//! Adds the OAuth 2.0 Device Authorization Grant
//! ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)) to an authorization server that already exists.
//!
//! [Getting started](https://docs.rs/device-grant/latest/device_grant/guide/getting_started/) adds the grant to an axum app in ten
//! minutes. The module [`guide`](https://docs.rs/device-grant/latest/device_grant/guide/) has all guides, up to production.
//!
//! # In scope
//!
//! The grant: device codes and user codes, the states from the request to the tokens, polling intervals and
//! `slow_down`, limits on guessing, the review by a signed-in person, and redemption that neither loses an approval nor issues
//! tokens twice. Features add endpoints, pages, stores, the device's side and test helpers.
//!
//! # Out of scope
//!
//! Users, sessions, clients and tokens. Your server, the *host*, has them, and connects them by implementing *ports*, the traits
//! in [`host`]. Three ports are required. You write the [`TokenIssuer`](host::TokenIssuer). For the
//! [`GrantStore`](host::GrantStore) and the [`Limiter`](host::Limiter), take ready-made ones from [`store`] and [`limiter`], or
//! write your own. The crate does not verify certificates: with mutual TLS, pass it the thumbprint that your server verified.
//!
//! # The flow
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { futures_executor::block_on(async {
//! use std::time::Duration;
//! use device_grant::grant::Arrival;
//! use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
//! use device_grant::message::TokenResponse;
//! use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};
//! use device_grant::{Approval, DeviceGrants, PollOutcome};
//!
//! // ── Once, at the start: the issuer, the address for people, the tokens ───────────────────────────
//! let issuer = issuer_fn(|grant: Redemption| async move {
//!     // Minutes have passed since the approval: check here whether this user may still have tokens.
//!     Ok(TokenResponse::bearer(format!("token of {}", grant.subject()), Duration::from_secs(3600)))
//! });
//! let grants = DeviceGrants::builder("https://id.example", issuer)
//!     .verification_uri("https://id.example/activate")
//!     .in_memory()
//!     .build()?;
//! let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
//!
//! // ── Device authorization endpoint: the device asks for codes and shows one (§3.1, §3.2) ──────────
//! let form = [("client_id", "tv"), ("scope", "openid")];
//! let request = DeviceAuthorizationRequest::from_pairs(form)?;
//! let codes = grants.authorize(&tv, request).await?;
//! assert_eq!(codes.reply().status, 200);
//!
//! // ── Token endpoint: the device polls; nobody has decided (§3.4, §3.5) ────────────────────────────
//! let form = [("grant_type", DeviceTokenRequest::GRANT_TYPE), ("device_code", &*codes.device_code)];
//! let outcome = grants.poll(&tv, DeviceTokenRequest::from_pairs(form)?).await?;
//! assert!(matches!(outcome, PollOutcome::Pending));
//!
//! // ── Verification page: a signed-in person types the code, reviews, decides (§3.3) ────────────────
//! let alice = Visitor::new("alice").with_session("the identifier of her session");
//! let review = grants.review(&codes.user_code, Arrival::Typed, &alice).await?;
//! assert_eq!(review.grant.requested.scope.as_str(), "openid");
//! grants.approve(&review.ticket, &alice, Approval::all()).await?;
//!
//! // ── Token endpoint: the next poll gets the tokens, once ──────────────────────────────────────────
//! let poll = DeviceTokenRequest::from_pairs(form)?;
//! let outcome = grants.poll(&tv, poll.clone()).await?;
//! assert!(matches!(&outcome, PollOutcome::Tokens(tokens) if tokens.access_token == "token of alice"));
//! assert!(matches!(grants.poll(&tv, poll).await?, PollOutcome::InvalidGrant));
//! # Ok(()) }) }
//! # #[cfg(not(feature = "memory"))] fn main() {}
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `memory` | a store and a limiter for a single process, `Builder::in_memory`; on by default |
//! | `dpop` | keys that devices prove by DPoP (RFC 9449) |
//! | `http` | the endpoints over the `http` crate's types, client authentication, metadata |
//! | `tower` | a layer around an existing app |
//! | `page` | ready-made verification pages, and QR codes |
//! | `poller` | the device's side: when to poll and what answers mean, without I/O |
//! | `sql` | a store and a limiter on MariaDB, PostgreSQL or SQLite, for a driver that you write; the features below add ready-made drivers |
//! | `postgres-sqlx-09`, `postgres-sqlx-08` | a store and a limiter on PostgreSQL, on your pool of `sqlx` 0.9 or 0.8 |
//! | `postgres-deadpool-014` | the same on your pool of `deadpool-postgres` 0.14 (`tokio-postgres` 0.7) |
//! | `sqlite-sqlx-09`, `sqlite-sqlx-08` | a store and a limiter on SQLite, on your pool of `sqlx` 0.9 or 0.8 |
//! | `sqlite-deadpool-09` | the same on your pool of `deadpool-sqlite` 0.9 (`rusqlite` 0.32) |
//! | `mariadb-sqlx-09`, `mariadb-sqlx-08` | a store and a limiter on MariaDB, on your pool of `sqlx` 0.9 or 0.8 |
//! | `redis-1` | a store and a limiter on Redis: one server, Sentinel or Cluster |
//! | `tokio` | a timer, which bounds the time of each call of store, directory, limiter, policy and revoker |
//! | `tracing` | an observer that writes to `tracing`, and a span for each operation |
//! | `metrics` | an observer that counts and measures by the `metrics` facade |
//! | `testing` | scenarios, a manual clock, scripted and faulty ports; conformance suites for a host's own ports |
//!
//! Features only add. Without any, the crate brings no tokio, no HTTP and no database.
//!
//! # Security
//!
//! - A device code has 256 random bits and is not stored: its digest identifies the grant. A user code is stored
//!   as a keyed digest. No `Debug`, error or event shows a code, a token or a ticket.
//! - A decision needs the end user and the session that reviewed the request, and a ticket with 128 random bits. A device
//!   cannot notice that somebody looked its code up.
//! - The limiter bounds guessing for the whole server. By default the expected number of guessed codes is at most one in 100,000
//!   code lifetimes; the builder refuses settings that would allow more than one in 1,000.
//! - Tokens leave only after the attempt that issued them is committed; at most one commits.
//! - `SECURITY.md` in the repository lists the promises, and says how to report a vulnerability.
//!
//! # Minimal Rust
//!
//! Rust 1.88; 1.94 with a driver for `sqlx` 0.9, which requires it. Raising it is a minor release.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod code;
pub mod device_grants;
pub mod grant;
pub mod host;
#[cfg(feature = "http")]
pub mod http;
mod invalid_value;
pub mod limiter;
#[cfg(feature = "memory")]
mod memory;
pub mod message;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "poller")]
pub mod poller;
#[cfg(feature = "redis-1")]
mod redis_client;
#[cfg(feature = "sql")]
pub mod sql;
pub mod store;
mod sync;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod text;

#[doc(inline)]
pub use self::device_grants::{
    Approval, BuildError, Builder, DecisionError, DeviceGrants, Fault, Limits, PollOutcome, Review,
    ReviewTicket,
};
pub use self::host::{DeviceAuthorizationRequest, DeviceTokenRequest};
#[doc(inline)]
pub use self::invalid_value::InvalidValue;

#[cfg(all(doctest, feature = "memory", feature = "page", feature = "tower"))]
#[doc = include_str!("../README.md")]
mod readme {}

// Text alone. Its links and examples need most of the features.
#[cfg(all(
    any(doc, doctest),
    feature = "dpop",
    feature = "metrics",
    feature = "page",
    feature = "poller",
    feature = "postgres-sqlx-09",
    feature = "redis-1",
    feature = "testing",
    feature = "tokio",
    feature = "tower",
    feature = "tracing"
))]
pub mod guide;
