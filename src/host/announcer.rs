use std::sync::Arc;

use async_trait::async_trait;

use super::PortError;
use crate::code::GrantId;

/// Carries the news of decisions from node to node, so that polls that [wait](crate::DeviceGrants::poll_or_wait) at one node are
/// answered at once when an end user decides at another one: optional, for hosts with several nodes.
///
/// `SqlStore::announcer` makes one for PostgreSQL. A host with a message broker
/// publishes the 16 bytes of the id, and subscribes.
///
/// # Contract
///
/// 1. **News are hints.** One may be lost, late, repeated or made up: a poll that waits then looks at its grant, and nothing
///    else happens. *Broken: nothing; a lost one costs the device an interval.*
/// 2. **An announcement does not wait for those who hear it.** *Broken: an end user waits for every node.*
/// 3. **A listener hears what is announced while it listens**, at this node too. *Broken: decisions of other nodes are found
///    an interval later.*
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Announces that a grant was decided. Clauses 1 and 2.
    ///
    /// # Errors
    ///
    /// [`PortError`]: the decision stands all the same.
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError>;

    /// Listens, and tells `heard` of every grant that is announced. It returns when it cannot hear any more, and is called
    /// again. Clauses 1 and 3.
    ///
    /// # Errors
    ///
    /// [`PortError`] says why.
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
