use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{Cmd, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};

use super::cluster::Cluster;
use super::{Failure, Reply};

/// A way to one Redis or to a Redis Cluster.
///
/// Made of what the `redis` crate has for either; cheap to clone, shared by all who clone it.
#[derive(Clone)]
pub struct RedisConnection(Kind);

#[derive(Clone)]
enum Kind {
    Single(ConnectionManager),
    Cluster(Arc<Cluster>),
}

/// How many replicas have to have what was written, and how long that may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replicas {
    pub(crate) count: u32,
    pub(crate) timeout: Duration,
}

impl From<ConnectionManager> for RedisConnection {
    fn from(connection: ConnectionManager) -> Self {
        Self(Kind::Single(connection))
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
        f.write_str(match self.0 {
            Kind::Single(_) => "RedisConnection(single)",
            Kind::Cluster(_) => "RedisConnection(cluster)",
        })
    }
}

impl RedisConnection {
    /// Sends one command.
    ///
    /// A Cluster connection sends it again when it cannot tell whether it arrived: what is sent has to
    /// bear being done twice.
    pub(crate) async fn send(&self, command: &Cmd) -> Result<Value, Failure> {
        let value = match &self.0 {
            Kind::Single(connection) => {
                let value = connection.clone().req_packed_command(command).await;
                let value = value.and_then(Value::extract_error);
                return value.map_err(of_single);
            }
            Kind::Cluster(cluster) => {
                let send = async |mut connection: ClusterConnection| {
                    connection.req_packed_command(command).await
                };
                cluster.ask(Duration::ZERO, send).await?
            }
        };
        Ok(value.extract_error()?)
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
        // Zero would be for ever.
        let timeout = replicas.timeout.max(Duration::from_millis(1));
        let mut both = Pipeline::with_capacity(2);
        both.add_command(command.clone())
            .cmd("WAIT")
            .arg(replicas.count)
            .arg(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        let values = match &self.0 {
            Kind::Single(connection) => connection.clone().req_packed_commands(&both, 0, 2).await?,
            Kind::Cluster(cluster) => {
                let master = Route::with_key(key, SlotAddr::Master);
                let node = SingleNodeRoutingInfo::SpecificNode(master);
                let send = async |mut connection: ClusterConnection| {
                    connection.route_pipeline(both, 0, 2, node).await
                };
                cluster.ask(timeout, send).await?
            }
        };
        let Ok([written, reached]) = <[Value; 2]>::try_from(values) else {
            return Err(Failure::UnexpectedReply);
        };
        let written = written.extract_error()?;
        let (wanted, reached) = (replicas.count, Reply::int(&reached.extract_error()?)?);
        if reached < i64::from(wanted) {
            return Err(Failure::NotReplicated { wanted, reached });
        }
        Ok(written)
    }

    pub(crate) fn is_single(&self) -> bool {
        matches!(self.0, Kind::Single(_))
    }

    /// Sends one command to every master, and returns what each answered.
    pub(crate) async fn send_to_masters(
        &self,
        command: &Cmd,
    ) -> Result<Vec<(Node, Value)>, Failure> {
        let Kind::Cluster(cluster) = &self.0 else {
            return Ok(vec![(Node(None), self.send(command).await?)]);
        };
        let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let command = command.clone();
        let send = async |mut connection: ClusterConnection| {
            connection.route_command(command, masters).await
        };
        let answer = cluster.ask(Duration::ZERO, send).await?;
        let Value::Map(answers) = answer.extract_error()? else {
            return Err(Failure::UnexpectedReply);
        };
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
        let (Kind::Cluster(cluster), Some((host, port))) = (&self.0, &node.0) else {
            return self.send(command).await;
        };
        let (host, port) = (host.clone(), *port);
        let node = RoutingInfo::SingleNode(SingleNodeRoutingInfo::ByAddress { host, port });
        let command = command.clone();
        let send =
            async |mut connection: ClusterConnection| connection.route_command(command, node).await;
        let answer = cluster.ask(Duration::ZERO, send).await?;
        Ok(answer.extract_error()?)
    }
}

/// A master: the only one, or one of a Cluster by its address.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Node(Option<(String, u16)>);

impl Node {
    fn parse(address: &str) -> Option<Self> {
        let (host, port) = address.rsplit_once(':')?;
        Some(Self(Some((host.to_owned(), port.parse().ok()?))))
    }
}

/// A connection to one server follows no direction to another.
fn of_single(error: RedisError) -> Failure {
    let moved = ErrorKind::Server(ServerErrorKind::Moved);
    let ask = ErrorKind::Server(ServerErrorKind::Ask);
    if [moved, ask].contains(&error.kind()) {
        Failure::ClusterNode
    } else {
        error.into()
    }
}
