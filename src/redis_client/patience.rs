use std::io;
use std::time::Duration;

use redis::RedisResult;
use tokio::time::timeout;

/// The longest time of a request, in addition to a wait for replicas. A client's own setting may be shorter.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) async fn in_time<T>(
    patience: Duration,
    request: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    timeout(patience, request)
        .await
        .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}
