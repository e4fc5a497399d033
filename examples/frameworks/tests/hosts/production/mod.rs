//! The production host, against a private PostgreSQL.

mod accounts;
mod device;
mod edge;
mod operations;
mod proxies;
mod tokens;
