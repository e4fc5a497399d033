//! What the store and the limiter on Redis share.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what the driver's enum has besides, now or later, is a reply that was not asked for"
)]

mod cluster;
mod connection;
mod failure;
mod key_prefix;
mod reply;
mod script;
mod server;

pub use self::connection::RedisConnection;
pub(crate) use self::connection::{Node, Replicas};
pub(crate) use self::failure::{Failure, Unreadable};
pub use self::key_prefix::InvalidKeyPrefix;
pub(crate) use self::key_prefix::KeyPrefix;
pub(crate) use self::reply::Reply;
pub(crate) use self::script::Script;
pub(crate) use self::server::Server;
