use async_trait::async_trait;

use super::DriverError;

/// Hears the notifications of a database.
#[async_trait]
pub(crate) trait Listener: Send + Sync {
    /// Listens on a channel, and tells `heard` the payload of each notification, until it cannot hear any more.
    async fn listen(
        &self,
        channel: &str,
        heard: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<(), DriverError>;
}
