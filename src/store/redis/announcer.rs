use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use redis::aio::PubSub;
use tokio::time::timeout;

use crate::code::GrantId;
use crate::host::{Announcer, Cause, PortError};
use crate::redis_client::{Failure, PATIENCE, RedisConnection, in_time};

/// The time without a message after which the server is asked whether it still sends them.
const QUIET: Duration = Duration::from_secs(15);

/// Decisions as messages of Redis.
pub(super) struct Messages<F> {
    /// Publishes.
    pub(super) connection: RedisConnection,
    pub(super) channel: String,
    /// Opens a connection that hears.
    pub(super) open: F,
}

#[async_trait]
impl<F, Opening, E> Announcer for Messages<F>
where
    F: Fn() -> Opening + Send + Sync,
    Opening: Future<Output = Result<PubSub, E>> + Send,
    E: Into<Cause>,
{
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError> {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(&self.channel).arg(grant.as_bytes().as_slice());
        self.connection.send(&publish).await?;
        Ok(())
    }

    async fn listen(&self, heard: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        let opened = (self.open)().await.map_err(Into::into);
        let (mut sink, mut messages) = opened.map_err(Failure::NoConnection)?.split();
        loop {
            // A repeated subscription shows whether the server still answers. `PING` would need a right of its own.
            let subscribed = in_time(PATIENCE, sink.subscribe(&self.channel)).await;
            subscribed.map_err(Failure::from)?;
            while let Ok(message) = timeout(QUIET, messages.next()).await {
                // The connection is closed. The caller opens the next one.
                let Some(message) = message else {
                    return Ok(());
                };
                // Any client of the server may publish on the channel.
                if let Ok(id) = message.get_payload_bytes().try_into() {
                    heard(GrantId::from_bytes(id));
                }
            }
        }
    }
}
