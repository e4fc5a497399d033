//! Guides: from a first flow to the running of it, and the reference pages that they lead to.
//!
//! # Begin
//!
//! | guide | for whoever |
//! |---|---|
//! | [`getting_started`] | adds the grant to an app, and sees a device sign in |
//! | [`frameworks`] | uses another framework than axum, a path prefix or a proxy |
//! | [`pages`] | makes the verification pages look and speak like the rest of the server |
//! | [`moving`] | comes from node-oidc-provider, Hydra, Keycloak or oauth-as |
//!
//! # Production
//!
//! | guide | for whoever |
//! |---|---|
//! | [`postgres`] | keeps grants in PostgreSQL: from the pool to the alerts, on one page |
//! | [`redis`] | keeps grants in Redis |
//! | [`several_nodes`] | runs more than one process |
//! | [`several_issuers`] | serves several tenants or realms |
//! | [`operating`] | is on call |
//! | [`operations`] | acts on a running server: incidents, support, replacing nodes, migrations |
//! | [`troubleshooting`] | has a symptom and wants its cause |
//!
//! # Your own parts
//!
//! | guide | for whoever |
//! |---|---|
//! | [`writing_an_issuer`] | issues the tokens |
//! | [`writing_a_store`] | has a database that this crate does not know |
//! | [`testing`] | tests what they wrote around the grant |
//! | [`device`] | writes the device's side |
//!
//! # Security and privacy
//!
//! | guide | for whoever |
//! |---|---|
//! | [`threat_model`] | wants to know each attack, its defence and the test of it |
//! | [`phishing`] | decides how strict to be with approvals |
//! | [`guessing`] | wants the arithmetic of short codes |
//! | [`personal_data`] | answers for what is stored about people |
//!
//! # Reference
//!
//! | page | lists |
//! |---|---|
//! | [`stores`] | each store with its guarantees, and what was measured |
//! | [`errors`] | each error on the wire |
//! | [`failures`] | each failure, and who notices it |
//! | [`metrics`] | each metric |

#[doc = include_str!("getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("frameworks.md")]
pub mod frameworks {}

#[doc = include_str!("pages.md")]
pub mod pages {}

#[doc = include_str!("moving.md")]
pub mod moving {}

#[doc = include_str!("postgres.md")]
pub mod postgres {}

#[doc = include_str!("redis.md")]
pub mod redis {}

#[doc = include_str!("several_nodes.md")]
pub mod several_nodes {}

#[doc = include_str!("several_issuers.md")]
pub mod several_issuers {}

#[doc = include_str!("operating.md")]
pub mod operating {}

#[doc = include_str!("troubleshooting.md")]
pub mod troubleshooting {}

#[doc = include_str!("writing_an_issuer.md")]
pub mod writing_an_issuer {}

#[doc = include_str!("writing_a_store.md")]
pub mod writing_a_store {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("device.md")]
pub mod device {}

#[doc = include_str!("threat_model.md")]
pub mod threat_model {}

#[doc = include_str!("personal_data.md")]
pub mod personal_data {}

#[doc = include_str!("../../docs/operations.md")]
pub mod operations {}

#[doc = include_str!("../../docs/phishing.md")]
pub mod phishing {}

#[doc = include_str!("../../docs/guessing.md")]
pub mod guessing {}

#[doc = include_str!("../../docs/stores.md")]
pub mod stores {}

#[doc = include_str!("../../docs/errors.md")]
pub mod errors {}

#[doc = include_str!("../../docs/failures.md")]
pub mod failures {}

#[doc = include_str!("../../docs/metrics.md")]
pub mod metrics {}
