//! Helpers for your own tests: a server in one line, its devices and end users, and ports that fail on demand.
//!
//! There are no sockets and no waits: every step runs to its end on the test's own thread, and time moves only when the test moves
//! it. Steps need no runtime. If your issuer, policy or store needs one, such as tokio, pass it to
//! [`Scenario::block_on`]. Turn the feature on only for tests:
//!
//! ```toml
//! [dev-dependencies]
//! device-grant = { version = "0.1", features = ["testing"] }
//! ```
//!
//! This test checks that a user who was locked after approving gets no tokens:
//!
//! ```
//! use std::collections::HashSet;
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//!
//! use device_grant::host::{IssueError, Redemption, TokenIssuer, issuer_fn};
//! use device_grant::message::{ErrorResponse, TokenResponse};
//! use device_grant::testing::{Poll, Scenario, StepError};
//!
//! /// What the host has anyway.
//! #[derive(Clone, Default)]
//! struct Users(Arc<Mutex<HashSet<String>>>);
//!
//! impl Users {
//!     fn lock(&self, user: &str) {
//!         self.0.lock().unwrap().insert(user.to_owned());
//!     }
//!     fn is_locked(&self, user: &str) -> bool {
//!         self.0.lock().unwrap().contains(user)
//!     }
//! }
//!
//! /// What is under test.
//! fn my_issuer(users: Users) -> impl TokenIssuer {
//!     issuer_fn(move |redemption: Redemption| {
//!         let is_locked = users.is_locked(redemption.subject().as_str());
//!         async move {
//!             if is_locked {
//!                 return Err(IssueError::Refused(ErrorResponse::access_denied()));
//!             }
//!             Ok(TokenResponse::bearer("2YotnFZFEjr1zCsicMWpAA", Duration::from_secs(3600)))
//!         }
//!     })
//! }
//!
//! fn a_user_who_is_locked_after_approving_gets_no_tokens() -> Result<(), StepError> {
//!     let users = Users::default();
//!     let t = Scenario::new(my_issuer(users.clone()));
//!     let tv = t.device("tv").authorize("openid")?;
//!     t.visitor("alice").approve(&tv)?;
//!
//!     users.lock("alice");
//!     t.advance(Duration::from_secs(5));
//!
//!     assert_eq!(tv.poll()?, Poll::Refused);
//!     assert_eq!(t.events().names(), ["authorized", "reviewed", "approved", "redemption_refused"]);
//!     Ok(())
//! }
//! # a_user_who_is_locked_after_approving_gets_no_tokens().unwrap();
//! ```
//!
//! | for | use |
//! |---|---|
//! | a flow | [`Scenario`], its [`Device`]s and [`EndUser`]s, and their results [`Poll`] and [`StepError`] |
//! | failures of the issuer | [`ScriptedIssuer`] |
//! | rulings and failures of the policy | [`ScriptedPolicy`] |
//! | failures of the store | [`FaultyStore`] |
//! | time, randomness, events | [`ManualClock`], [`SeededEntropy`], [`FailingEntropy`], [`RecordedEvents`] |
//! | a future, without a runtime | [`block_on`] |
//! | the contract of your own store, directory, limiter or issuer | [`conformance`] |

mod block_on;
mod clock;
pub mod conformance;
mod device;
mod disruption;
mod end_user;
mod entropy;
mod events;
mod executor;
mod faulty_store;
mod issuer;
mod policy;
mod poll;
mod scenario;
mod step_error;
mod unlimited;
mod waiting_device;

pub use self::block_on::{Ran, block_on};
pub use self::clock::ManualClock;
pub use self::device::Device;
pub use self::disruption::{Disruption, Occasion, StoreCall};
pub use self::end_user::{EndUser, Reviewable};
pub use self::entropy::{FailingEntropy, SeededEntropy};
pub use self::events::RecordedEvents;
pub use self::faulty_store::FaultyStore;
pub use self::issuer::{IssuedTokens, Script, ScriptedIssuer};
pub use self::policy::{Checkpoint, ScriptedPolicy};
pub use self::poll::Poll;
pub use self::scenario::Scenario;
pub use self::step_error::StepError;
#[doc(hidden)]
pub use self::unlimited::Unlimited;
pub use self::waiting_device::WaitingDevice;

/// A grant as a store has it, for tests of this crate that look behind the scenes.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredGrant {
    /// The name of the state.
    pub state: &'static str,
    /// The attempt whose tokens were issued, if any were.
    pub attempt: Option<String>,
    pub facts: std::sync::Arc<crate::grant::Facts>,
}

/// Reads the grant in a row.
///
/// # Panics
///
/// If it cannot be read.
#[doc(hidden)]
#[must_use]
pub fn stored_in(row: crate::host::Row) -> StoredGrant {
    let (state, attempt, facts) = must(crate::device_grants::stored_in(row));
    StoredGrant {
        state,
        attempt,
        facts,
    }
}

/// A value that a test relies on. If there is none, the test has failed.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "this module is for tests, which end by panicking"
)]
fn must<T, E: std::error::Error>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{}", with_causes(&error)),
    }
}

/// The error and what caused it, each after the other.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
