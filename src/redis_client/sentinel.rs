use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::sentinel::SentinelClient;
use redis::{
    AsyncConnectionConfig, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value,
};
use tokio::sync::Mutex;

use super::Failure;
use super::one_server::{OneServer, failure, send_over};
use super::patience::{PATIENCE, in_time};

/// The longest wait for a connection to one node. After it the next Sentinel is asked, before a request gives up.
const CONNECTING: Duration = Duration::from_secs(1);

/// The master that Sentinels name, over a connection that is replaced when its server is no longer the master.
///
/// The Sentinels are asked once for each connection, and not for each request. A master that was replaced closes its
/// connections, or answers that it is a replica, because every script counts as a write. A master that has crashed does not
/// answer.
pub(super) struct Sentinel {
    client: Mutex<SentinelClient>,
    open: StdMutex<Option<Open>>,
}

#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    /// Tells this connection from the next one.
    identity: Arc<()>,
}

impl Sentinel {
    pub(super) fn new(client: SentinelClient) -> Self {
        Self {
            client: Mutex::new(client),
            open: StdMutex::default(),
        }
    }

    async fn open(&self) -> RedisResult<Open> {
        if let Some(open) = &*self.lock() {
            return Ok(open.clone());
        }
        // One call asks the Sentinels, and the others wait for its connection.
        let mut client = self.client.lock().await;
        // Another call may have opened one meanwhile.
        if let Some(open) = &*self.lock() {
            return Ok(open.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            // The timeout is set around each request instead, which may be told to wait for replicas.
            .set_response_timeout(None);
        let open = Open {
            connection: client.get_async_connection_with_config(&config).await?,
            identity: Arc::default(),
        };
        *self.lock() = Some(open.clone());
        Ok(open)
    }

    fn leave(&self, left: &Open) {
        let mut open = self.lock();
        // Another call may have left it first, and opened the next one, which stays.
        if open
            .as_ref()
            .is_some_and(|open| Arc::ptr_eq(&open.identity, &left.identity))
        {
            *open = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl OneServer for Sentinel {
    fn kind(&self) -> &'static str {
        "sentinel"
    }

    async fn send(&self, commands: &Pipeline, longer: Duration) -> Result<Vec<Value>, Failure> {
        let mut open = in_time(PATIENCE, self.open()).await?;
        let answers = send_over(&mut open.connection, commands);
        let answers = in_time(PATIENCE.saturating_add(longer), answers).await;
        if answers.as_ref().is_err_and(may_be_replaced) {
            self.leave(&open);
        }
        answers.map_err(failure)
    }
}

/// Returns whether another server may be the master by now.
fn may_be_replaced(error: &RedisError) -> bool {
    let kinds = [
        ErrorKind::Server(ServerErrorKind::ReadOnly),
        ErrorKind::Server(ServerErrorKind::MasterDown),
        // A master that restarts: by the time it has read its data, a replica may have taken over.
        ErrorKind::Server(ServerErrorKind::BusyLoading),
    ];
    error.is_io_error()
        || error.is_timeout()
        || error.is_unrecoverable_error()
        || kinds.contains(&error.kind())
        // A master that becomes a replica ends the calls that wait on it with this error.
        || error.code() == Some("UNBLOCKED")
}
