//! The host with everything in PostgreSQL, against a private one.

mod accounts;
mod database;
mod device;
mod edge;
mod tokens;
