//! Servers that tests start for themselves, and the temporary folders that they live in.

mod folder;
mod postgres;

pub use folder::Folder;
pub use postgres::Postgres;
