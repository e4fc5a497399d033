use std::time::Duration;

use async_trait::async_trait;
use redis::aio::ConnectionLike;
use redis::{ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};

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
        let answers = send_over(&mut connection, commands).await;
        if answers.as_ref().is_err_and(is_read_only) {
            // Its name may lead to another master by now, and neither a manager nor a pool leaves a server that answers.
            _ = connection.req_packed_command(&redis::cmd("QUIT")).await;
        }
        answers.map_err(failure)
    }
}

/// Returns whether this server was a master and is a replica now.
fn is_read_only(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}
