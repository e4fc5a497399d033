use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager};
use redis::cluster::ClusterClient;
use redis::sentinel::SentinelClient;
use redis::{Cmd, Pipeline, Value};

use super::cluster::Cluster;
use super::one_server::OneServer;
use super::pool::Pool;
use super::sentinel::Sentinel;
use super::{Failure, Reply};
use crate::host::Cause;

/// A connection to one Redis server, to the master behind Sentinels, or to a Redis Cluster.
///
/// Create it from a value of the crate `redis`, or from a [pool](Self::pooled). A clone is cheap and shares the connection.
///
/// | from | for |
/// |---|---|
/// | `redis::aio::ConnectionManager` | one server |
/// | `redis::sentinel::SentinelClient` | the present master behind Sentinels |
/// | `redis::cluster::ClusterClient` | a Cluster |
/// | [`pooled`](Self::pooled) | one server, on the connections of a pool |
///
/// With Sentinel and Cluster, it opens connections itself. A connection without answers is replaced; requests that wait for it
/// fail with a retryable error.
#[derive(Clone)]
pub struct RedisConnection(Kind);

#[derive(Clone)]
enum Kind {
    One(Arc<dyn OneServer>),
    Cluster(Arc<Cluster>),
}

/// The number of replicas that have to have a write, and the time that they have to get it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replicas {
    pub(crate) count: u32,
    pub(crate) timeout: Duration,
}

impl From<ConnectionManager> for RedisConnection {
    fn from(connection: ConnectionManager) -> Self {
        let lend = move || std::future::ready(Ok::<_, Infallible>(connection.clone()));
        Self::lent("single", lend)
    }
}

impl From<SentinelClient> for RedisConnection {
    /// Follows the master that the Sentinels name. The client has to be one for masters.
    fn from(client: SentinelClient) -> Self {
        Self(Kind::One(Arc::new(Sentinel::new(client))))
    }
}

impl From<ClusterClient> for RedisConnection {
    fn from(client: ClusterClient) -> Self {
        Self(Kind::Cluster(Arc::new(Cluster::new(client))))
    }
}

impl fmt::Debug for RedisConnection {
    /// Without addresses, which may have passwords in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::One(server) => server.kind(),
            Kind::Cluster(_) => "cluster",
        };
        write!(f, "RedisConnection({kind})")
    }
}

impl RedisConnection {
    /// A connection from a pool, such as one of `deadpool-redis` or `bb8-redis`: each request takes a connection of the pool.
    ///
    /// The pool's connections have to lead to one server, which the pool may find by Sentinels. The settings of the pool bound the
    /// time of a request. You can pass the same pool to [`wait_for_replicas`](crate::store::RedisStore::wait_for_replicas),
    /// because each waiting request has a connection of its own.
    ///
    /// ```
    /// use device_grant::store::{RedisConnection, RedisStore};
    /// # use redis::aio::MultiplexedConnection;
    /// # #[derive(Clone)]
    /// # struct Pool;
    /// # impl Pool {
    /// #     async fn get(&self) -> Result<MultiplexedConnection, std::io::Error> { Err(std::io::ErrorKind::NotConnected.into()) }
    /// # }
    ///
    /// fn store(pool: Pool) -> RedisStore {
    ///     RedisStore::new(RedisConnection::pooled(move || {
    ///         let pool = pool.clone();
    ///         async move { pool.get().await }
    ///     }))
    /// }
    /// # let _ = store(Pool);
    /// ```
    pub fn pooled<F, Lending, C, E>(lend: F) -> Self
    where
        F: Fn() -> Lending + Send + Sync + 'static,
        Lending: Future<Output = Result<C, E>> + Send + 'static,
        C: ConnectionLike + Send + 'static,
        E: Into<Cause> + 'static,
    {
        Self::lent("pool", lend)
    }

    fn lent<F, Lending, C, E>(kind: &'static str, lend: F) -> Self
    where
        F: Fn() -> Lending + Send + Sync + 'static,
        Lending: Future<Output = Result<C, E>> + Send + 'static,
        C: ConnectionLike + Send + 'static,
        E: Into<Cause> + 'static,
    {
        Self(Kind::One(Arc::new(Pool { kind, lend })))
    }

    /// Sends one command.
    ///
    /// A Cluster connection sends the command again if it does not know whether it arrived, so running it twice must do no harm.
    pub(crate) async fn send(&self, command: &Cmd) -> Result<Value, Failure> {
        match &self.0 {
            Kind::One(server) => {
                let mut alone = Pipeline::with_capacity(1);
                alone.add_command(command.clone());
                let [answer] = exactly(server.send(&alone, Duration::ZERO).await?)?;
                Ok(answer)
            }
            Kind::Cluster(cluster) => cluster.send(command).await,
        }
    }

    /// Sends a write to `key`, and waits until the replicas have it.
    ///
    /// Both go out together, so that they reach the server over one connection: `WAIT` knows only what was
    /// written over its own.
    pub(crate) async fn send_and_wait(
        &self,
        command: &Cmd,
        key: &str,
        replicas: Replicas,
    ) -> Result<Value, Failure> {
        // `WAIT` takes zero for a wait without a bound.
        let timeout = replicas.timeout.max(Duration::from_millis(1));
        let mut both = Pipeline::with_capacity(2);
        both.add_command(command.clone())
            .cmd("WAIT")
            .arg(replicas.count)
            .arg(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        let answers = match &self.0 {
            Kind::One(server) => server.send(&both, timeout).await?,
            Kind::Cluster(cluster) => cluster.send_to_master_of(key, both, timeout).await?,
        };
        let [written, reached] = exactly(answers)?;
        let (wanted, reached) = (replicas.count, Reply::int(&reached)?);
        // The write stands. A caller that reads the grant again waits again, and so finds out whether it is safe.
        if reached < i64::from(wanted) {
            return Err(Failure::NotReplicated { wanted, reached });
        }
        Ok(written)
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.0, Kind::Cluster(_))
    }

    /// Sends one command to every master, and returns what each answered.
    pub(crate) async fn send_to_masters(
        &self,
        command: &Cmd,
    ) -> Result<Vec<(Node, Value)>, Failure> {
        let Kind::Cluster(cluster) = &self.0 else {
            return Ok(vec![(Node(None), self.send(command).await?)]);
        };
        let answers = cluster.send_to_masters(command.clone()).await?;
        answers
            .into_iter()
            .map(|(address, answer)| {
                let node = Node::parse(&Reply::text(address)?).ok_or(Failure::UnexpectedReply)?;
                Ok((node, answer.extract_error()?))
            })
            .collect()
    }

    /// Sends one command to one master.
    pub(crate) async fn send_to(&self, node: &Node, command: &Cmd) -> Result<Value, Failure> {
        match (&self.0, &node.0) {
            (Kind::Cluster(cluster), Some((host, port))) => {
                cluster.send_to(host, *port, command.clone()).await
            }
            (Kind::One(_) | Kind::Cluster(_), _) => self.send(command).await,
        }
    }
}

fn exactly<const N: usize>(answers: Vec<Value>) -> Result<[Value; N], Failure> {
    answers.try_into().map_err(|_| Failure::UnexpectedReply)
}

/// A master: the only one, or one of a Cluster by its address.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Node(Option<(String, u16)>);

impl Node {
    fn parse(address: &str) -> Option<Self> {
        // From the right, because an IPv6 address has colons of its own.
        let (host, port) = address.rsplit_once(':')?;
        Some(Self(Some((host.to_owned(), port.parse().ok()?))))
    }
}
