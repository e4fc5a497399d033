use std::sync::Arc;

use async_trait::async_trait;

use super::PortError;
use crate::code::GrantId;

/// Notifies the other nodes of decisions, so that polls that [wait](crate::DeviceGrants::poll_or_wait) at one node are
/// answered at once when an end user decides at another one. Optional, for servers with several nodes.
///
/// `SqlStore::announcer` makes one for PostgreSQL, `RedisStore::announcer` one for Redis. With a message broker, publish the 16
/// bytes of the id, and subscribe.
///
/// # Contract
///
/// 1. **An announcement is a hint.** It may be lost, late, repeated or false: it only causes a waiting poll to read its
///    grant. *If one is lost, the device waits for one interval longer.*
/// 2. **An announcement does not wait for its receivers.** *Broken: an end user waits for every node.*
/// 3. **A listener receives what is announced while it listens**, also by its own node. *Broken: decisions of other nodes are
///    found an interval later.*
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Announces that a grant was decided. Clauses 1 and 2.
    ///
    /// # Errors
    ///
    /// [`PortError`]. The decision stands in any case.
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError>;

    /// Listens, and calls `heard` with every grant that is announced. It returns when its connection is lost, and is then called
    /// again. Its future is dropped after five minutes, and it is called again, so that a connection that was cut unnoticed is
    /// replaced. Clauses 1 and 3.
    ///
    /// # Errors
    ///
    /// [`PortError`] with the reason for which it stopped.
    async fn listen(&self, heard: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError>;
}

#[async_trait]
impl<A: Announcer + ?Sized> Announcer for Arc<A> {
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError> {
        (**self).announce(grant).await
    }

    async fn listen(&self, heard: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        (**self).listen(heard).await
    }
}
