use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{ErrorKind, RedisResult, ServerErrorKind};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Failure;

/// How long a request may take, besides what it is told to wait: the shorter of this and the client's own setting.
const PATIENCE: Duration = Duration::from_secs(3);

/// A Redis Cluster, over a connection that is replaced when it has come to a standstill.
///
/// The connection of `redis` looks for the masters anew when one has died, and meanwhile attends to no request
/// that it has begun. One of those may have the lock that it waits for; under load one does, and then it waits for
/// good. So a connection over which nothing at all was answered while a request waited in vain is left to itself.
pub(super) struct Cluster {
    client: ClusterClient,
    open: StdMutex<Option<Open>>,
    opening: Mutex<()>,
}

#[derive(Clone)]
struct Open {
    connection: ClusterConnection,
    /// How many requests were answered over it.
    answers: Arc<AtomicU64>,
}

impl Cluster {
    pub(super) fn new(client: ClusterClient) -> Self {
        Self {
            client,
            open: StdMutex::default(),
            opening: Mutex::default(),
        }
    }

    /// Asks something that may take `longer` than others.
    pub(super) async fn ask<T>(
        &self,
        longer: Duration,
        ask: impl AsyncFnOnce(ClusterConnection) -> RedisResult<T>,
    ) -> Result<T, Failure> {
        let open = self.open().await?;
        let before = open.answers.load(Ordering::Relaxed);
        let patience = PATIENCE.saturating_add(longer);
        let answer = in_time(patience, ask(open.connection.clone())).await;
        match &answer {
            Err(error) if error.is_timeout() => {
                if open.answers.load(Ordering::Relaxed) == before {
                    self.leave(&open);
                }
            }
            Ok(_) | Err(_) => _ = open.answers.fetch_add(1, Ordering::Relaxed),
        }
        Ok(answer?)
    }

    async fn open(&self) -> Result<Open, Failure> {
        if let Some(open) = &*self.lock() {
            return Ok(open.clone());
        }
        let _one_at_a_time = self.opening.lock().await;
        if let Some(open) = &*self.lock() {
            return Ok(open.clone());
        }
        let connection = in_time(PATIENCE, self.client.get_async_connection()).await;
        let connection = connection.map_err(|error| {
            // What it is asked is which node has which slots.
            let refused = ErrorKind::Server(ServerErrorKind::ResponseError);
            if error.kind() == refused {
                Failure::NoCluster(error)
            } else {
                error.into()
            }
        })?;
        let open = Open {
            connection,
            answers: Arc::default(),
        };
        *self.lock() = Some(open.clone());
        Ok(open)
    }

    fn leave(&self, left: &Open) {
        let mut open = self.lock();
        if open
            .as_ref()
            .is_some_and(|open| Arc::ptr_eq(&open.answers, &left.answers))
        {
            *open = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn in_time<T>(
    patience: Duration,
    request: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    timeout(patience, request)
        .await
        .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}
