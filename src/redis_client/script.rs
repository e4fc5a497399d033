use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};

use super::{Failure, RedisConnection, Replicas};

/// A Lua script, called by its digest.
///
/// Its first line is `#!lua`: that makes Redis take it for a write whatever it does, so that no replica runs it.
///
/// The server keeps scripts until a restart, a failover or `SCRIPT FLUSH`. Then, and the first time, the script itself
/// is sent.
pub(crate) struct Script(redis::Script, &'static str);

impl Script {
    pub(crate) fn new(source: &'static str) -> Self {
        Self(redis::Script::new(source), source)
    }

    pub(crate) async fn run(
        &self,
        connection: &RedisConnection,
        keys: &[String],
        arguments: &[&[u8]],
    ) -> Result<Value, Failure> {
        match connection.send(&self.by_digest(keys, arguments)).await {
            Err(failure) if is_unknown_script(&failure) => {
                // `EVAL` loads and runs in one step. After `SCRIPT LOAD` it may be gone again, or the call go to
                // another node.
                connection.send(&self.by_source(keys, arguments)).await
            }
            result => result,
        }
    }

    /// Runs the script as [`run`](Self::run) does, with keys of one slot, and returns only when the replicas have its writes.
    pub(crate) async fn run_and_wait(
        &self,
        connection: &RedisConnection,
        keys: &[String],
        arguments: &[&[u8]],
        replicas: Replicas,
    ) -> Result<Value, Failure> {
        let key = keys.first().map(String::as_str).unwrap_or_default();
        let by_digest = self.by_digest(keys, arguments);
        match connection.send_and_wait(&by_digest, key, replicas).await {
            Err(failure) if is_unknown_script(&failure) => {
                let by_source = self.by_source(keys, arguments);
                connection.send_and_wait(&by_source, key, replicas).await
            }
            result => result,
        }
    }

    fn by_digest(&self, keys: &[String], arguments: &[&[u8]]) -> Cmd {
        call("EVALSHA", self.0.get_hash(), keys, arguments)
    }

    fn by_source(&self, keys: &[String], arguments: &[&[u8]]) -> Cmd {
        call("EVAL", self.1, keys, arguments)
    }
}

fn call(command: &str, script: &str, keys: &[String], arguments: &[&[u8]]) -> Cmd {
    let mut command = redis::cmd(command);
    command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    command
}

fn is_unknown_script(failure: &Failure) -> bool {
    let unknown = ErrorKind::Server(ServerErrorKind::NoScript);
    failure.redis_error().map(RedisError::kind) == Some(unknown)
}
