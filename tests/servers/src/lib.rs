//! Servers that tests start for themselves, and the temporary folders that they live in.

mod example;
mod folder;
mod guard;
mod mariadb;
mod owner;
mod pgbouncer;
mod postgres;

pub use example::{example, example_server};
pub use folder::Folder;
pub use guard::Guard;
pub use mariadb::MariaDb;
pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
