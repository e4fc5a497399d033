//! Runs each example as a process of its own, and drives it with an HTTP client.

mod adoption;
mod axum_postgres;
mod client;
mod frameworks;
mod jwt;
mod person;
mod raw;
mod server;
