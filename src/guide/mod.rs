//! Guides: from a first flow to running it in production, and reference pages.
//!
//! Read [`getting_started`] first, then the guide for your store: [`postgres`] or [`redis`].
//!
//! # Begin
//!
//! | guide | read it to |
//! |---|---|
//! | [`getting_started`] | add the grant to an app, and sign a device in |
//! | [`frameworks`] | use another framework than axum, a path prefix or a proxy |
//! | [`pages`] | adapt the verification pages to your server |
//! | [`moving`] | move from node-oidc-provider, Hydra, Keycloak or oauth-as |
//!
//! # Production
//!
//! | guide | read it to |
//! |---|---|
//! | [`postgres`] | keep grants in PostgreSQL: from the pool to the alerts, on one page |
//! | [`redis`] | keep grants in Redis |
//! | [`several_nodes`] | run more than one process |
//! | [`several_issuers`] | serve several tenants or realms |
//! | [`operating`] | be on call: timeouts, deployments, events, alerts, capacity |
//! | [`operations`] | change a running server: incidents, support, replacing nodes, migrations |
//! | [`troubleshooting`] | find the cause of a symptom |
//!
//! # Your own parts
//!
//! | guide | read it to |
//! |---|---|
//! | [`writing_an_issuer`] | issue the tokens |
//! | [`writing_a_store`] | use a database that this crate does not support |
//! | [`testing`] | test your issuer, policy and pages |
//! | [`device`] | write the device's side |
//!
//! # Security and privacy
//!
//! | guide | read it to |
//! |---|---|
//! | [`threat_model`] | find each attack with its defence and its test |
//! | [`phishing`] | decide how strict approvals have to be |
//! | [`guessing`] | check the arithmetic of short codes |
//! | [`personal_data`] | know what is stored about people, and erase it |
//!
//! # Reference
//!
//! | page | lists |
//! |---|---|
//! | [`stores`] | each store with its guarantees, and what was measured |
//! | [`errors`] | each error on the wire |
//! | [`failures`] | each failure, and its effect on device, person and log |
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
