//! The connection and the scripts that the store and the limiter on Redis share.

mod cluster;
mod connection;
mod failure;
mod key_prefix;
mod one_server;
mod patience;
mod pool;
mod reply;
mod script;
mod sentinel;
mod server;

pub use self::connection::RedisConnection;
pub(crate) use self::connection::{Node, Replicas};
pub(crate) use self::failure::{Failure, Unreadable};
pub(crate) use self::key_prefix::KeyPrefix;
pub(crate) use self::patience::{PATIENCE, in_time};
pub(crate) use self::reply::Reply;
pub(crate) use self::script::Script;
pub(crate) use self::server::Server;
