use std::time::Duration;

use async_trait::async_trait;
use redis::aio::ConnectionLike;
use redis::{ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value};

use super::Failure;

/// A connection to one server, or to the server that is the master at the time.
#[async_trait]
pub(super) trait OneServer: Send + Sync {
    /// The name of this kind of connection.
    fn kind(&self) -> &'static str;

    /// Sends commands over one connection, and returns the answer to each. They may take `longer` than others.
    ///
    /// # Errors
    ///
    /// [`Failure`] when the connection fails, or the server refuses one of them.
    async fn send(&self, commands: &Pipeline, longer: Duration) -> Result<Vec<Value>, Failure>;
}

/// Sends commands over this connection. A refusal of any of them is an error.
pub(super) async fn send_over(
    connection: &mut (impl ConnectionLike + ?Sized),
    commands: &Pipeline,
) -> RedisResult<Vec<Value>> {
    let answers = connection.req_packed_commands(commands, 0, commands.len());
    let answers = answers.await?.into_iter();
    // The refusal of a command in a pipeline is a value among the answers, not an error of the call.
    answers.map(Value::extract_error).collect()
}

/// Reads a failure: a connection to one server follows no direction to another.
pub(super) fn failure(error: RedisError) -> Failure {
    let moved = ErrorKind::Server(ServerErrorKind::Moved);
    let ask = ErrorKind::Server(ServerErrorKind::Ask);
    if [moved, ask].contains(&error.kind()) {
        Failure::ClusterNode
    } else {
        error.into()
    }
}
