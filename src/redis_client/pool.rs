use std::time::Duration;

use async_trait::async_trait;
use redis::aio::ConnectionLike;
use redis::{Pipeline, Value};

use super::Failure;
use super::one_server::{OneServer, failure, send_over};
use crate::host::Cause;

/// A pool of the host's, by the function that lends a connection of it.
pub(super) struct Pool<F> {
    pub(super) kind: &'static str,
    pub(super) lend: F,
}

#[async_trait]
impl<F, Lending, C, E> OneServer for Pool<F>
where
    F: Fn() -> Lending + Send + Sync,
    Lending: Future<Output = Result<C, E>> + Send,
    C: ConnectionLike + Send,
    E: Into<Cause>,
{
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// Takes as long as the pool and its connections allow.
    async fn send(&self, commands: &Pipeline, _longer: Duration) -> Result<Vec<Value>, Failure> {
        let lent = (self.lend)().await.map_err(Into::into);
        let mut connection = lent.map_err(Failure::NoConnection)?;
        send_over(&mut connection, commands).await.map_err(failure)
    }
}
