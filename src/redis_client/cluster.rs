use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value};
use tokio::sync::Mutex;

use super::Failure;
use super::patience::{PATIENCE, in_time};

/// A Redis Cluster, over a connection that is replaced when it hangs.
///
/// When a master has died, the connection of `redis` looks for the masters anew, and meanwhile polls none of the
/// requests that are under way. Under load, one of them holds the lock that the search waits for, and the connection
/// hangs. So a connection over which nothing was answered while a request timed out is dropped.
pub(super) struct Cluster {
    client: ClusterClient,
    // Never held over an await, so that calls find the open connection while another one is being opened.
    open: StdMutex<Option<Open>>,
    opening: Mutex<()>,
}

#[derive(Clone)]
struct Open {
    connection: ClusterConnection,
    /// The number of requests that were answered over it.
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

    /// Sends one command to the master that has its key.
    ///
    /// The connection sends the command again if it does not know whether it arrived, so running it twice must do no harm.
    pub(super) async fn send(&self, command: &Cmd) -> Result<Value, Failure> {
        let send =
            async |mut connection: ClusterConnection| connection.req_packed_command(command).await;
        Ok(self.ask(Duration::ZERO, send).await?.extract_error()?)
    }

    /// Sends commands to the master that has this key, over one connection to it.
    pub(super) async fn send_to_master_of(
        &self,
        key: &str,
        commands: Pipeline,
        longer: Duration,
    ) -> Result<Vec<Value>, Failure> {
        let master = Route::with_key(key, SlotAddr::Master);
        let node = SingleNodeRoutingInfo::SpecificNode(master);
        let count = commands.len();
        let send = async |mut connection: ClusterConnection| {
            connection.route_pipeline(commands, 0, count, node).await
        };
        let answers = self.ask(longer, send).await?.into_iter();
        Ok(answers
            .map(Value::extract_error)
            .collect::<Result<_, _>>()?)
    }

    /// Sends one command to every master, and returns the address and the answer of each.
    pub(super) async fn send_to_masters(
        &self,
        command: Cmd,
    ) -> Result<Vec<(Value, Value)>, Failure> {
        let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let Value::Map(answers) = self.route(command, masters).await? else {
            return Err(Failure::UnexpectedReply);
        };
        Ok(answers)
    }

    /// Sends one command to the node at this address.
    pub(super) async fn send_to(
        &self,
        host: &str,
        port: u16,
        command: Cmd,
    ) -> Result<Value, Failure> {
        let host = host.to_owned();
        let node = SingleNodeRoutingInfo::ByAddress { host, port };
        self.route(command, RoutingInfo::SingleNode(node)).await
    }

    async fn route(&self, command: Cmd, to: RoutingInfo) -> Result<Value, Failure> {
        let send =
            async |mut connection: ClusterConnection| connection.route_command(command, to).await;
        Ok(self.ask(Duration::ZERO, send).await?.extract_error()?)
    }

    /// Asks something that may take `longer` than others.
    async fn ask<T>(
        &self,
        longer: Duration,
        ask: impl AsyncFnOnce(ClusterConnection) -> RedisResult<T>,
    ) -> Result<T, Failure> {
        let open = in_time(PATIENCE, self.open()).await.map_err(of_opening)?;
        // Relaxed: only a difference matters, and an answer that is counted late replaces a connection that works, which
        // costs one request.
        let before = open.answers.load(Ordering::Relaxed);
        let patience = PATIENCE.saturating_add(longer);
        let answer = in_time(patience, ask(open.connection.clone())).await;
        match &answer {
            // One request may be slow. No answer to any call in the same time means that the connection hangs.
            Err(error) if error.is_timeout() => {
                if open.answers.load(Ordering::Relaxed) == before {
                    self.leave(&open);
                }
            }
            // A refusal is an answer, too: it came over a connection that works.
            Ok(_) | Err(_) => _ = open.answers.fetch_add(1, Ordering::Relaxed),
        }
        Ok(answer?)
    }

    async fn open(&self) -> RedisResult<Open> {
        if let Some(open) = &*self.lock() {
            return Ok(open.clone());
        }
        // One call opens the connection, and the others wait for it: opening asks every node for the slots.
        let _one_at_a_time = self.opening.lock().await;
        // Another call may have opened one while this one waited.
        if let Some(open) = &*self.lock() {
            return Ok(open.clone());
        }
        let open = Open {
            connection: self.client.get_async_connection().await?,
            answers: Arc::default(),
        };
        *self.lock() = Some(open.clone());
        Ok(open)
    }

    fn leave(&self, left: &Open) {
        let mut open = self.lock();
        // Another call may have left it first, and opened the next one, which stays.
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

/// Reads the failure of a connection, which asks first which node has which slots.
fn of_opening(error: RedisError) -> Failure {
    // A server without Cluster support refuses `CLUSTER SLOTS` by an error without a code of its own.
    let refused = ErrorKind::Server(ServerErrorKind::ResponseError);
    if error.kind() == refused {
        Failure::NoCluster(error)
    } else {
        error.into()
    }
}
