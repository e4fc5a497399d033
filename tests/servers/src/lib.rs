//! Servers that tests start for themselves, and the temporary folders that they live in.

mod folder;
mod guard;
mod mariadb;
mod owner;
mod postgres;

pub use folder::Folder;
pub use mariadb::MariaDb;
pub use postgres::Postgres;
