//! Runs each example as a process of its own, and drives it with an HTTP client.

mod client;
mod frameworks;
mod person;
mod raw;
mod server;
