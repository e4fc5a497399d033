//! A small authorization server that already exists: it has users, sessions, tokens and a login page, and
//! knows nothing of devices. The examples add the device authorization grant to it.

pub(crate) mod accounts;
#[cfg(unix)]
mod admin;
pub(crate) mod clients;
pub(crate) mod discovery;
mod health;
mod id_token;
pub(crate) mod log;
pub(crate) mod login;
mod login_texts;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
mod place;
mod random;
pub(crate) mod server;
mod serving;
mod signing_keys;
mod store;
pub(crate) mod tokens;
