mod announcer;
mod index;
mod operations;
mod polls;
mod purge;
mod row;
mod scripts;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::future::try_join_all;
use redis::aio::PubSub;

use self::announcer::Messages;
use self::polls::Answer;
use self::purge::Cursors;
use super::batches::Batches;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Announcer, Cause, Clock, GrantDirectory, GrantStore, NewRow, PageRequest, PollRecord,
    PortError, Replacement, Row,
};
use crate::invalid_value::InvalidValue;
use crate::redis_client::{KeyPrefix, RedisConnection, Replicas, Server};

/// A store in Redis 7 or newer (or Valkey): one server, the master behind Sentinels, or a Cluster.
///
/// A grant is one key, its user code another. Both expire when the grant's retention has passed, so
/// [`purge`](GrantStore::purge) has nothing to do. Every operation is one round trip, except
/// [`insert`](GrantStore::insert) and [`find_by_user_code`](GrantStore::find_by_user_code) with two, because
/// the two keys of a grant are in different slots of a Cluster. An approval that extends the retention
/// takes two more, to extend the user code's as well. Except in a Cluster, polls that come at the same time share a round trip, up
/// to 64 of them; a poll that comes alone waits for nothing.
///
/// The server's clock tells the time. No node's clock ends, revives or deletes a grant.
///
/// With [`indexed`](Self::indexed), it is a [`GrantDirectory`].
///
/// By default, Redis acknowledges a write before it is on disk or on a replica. [The guide for
/// Redis](https://docs.rs/device-grant/latest/device_grant/guide/redis/) says what each setting guarantees.
/// [`check`](GrantStore::check) returns an error for a server that evicts keys, and warns of one without an append-only file.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use device_grant::store::RedisStore;
///
/// let client = redis::Client::open("redis://127.0.0.1/")?;
/// let store = RedisStore::new(client.get_connection_manager().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: RedisConnection,
    decisions: Option<Decisions>,
    clock: Option<Arc<dyn Clock>>,
    prefix: KeyPrefix,
    is_indexed: bool,
    // Shared by all clones, so that the next purge continues where the last one ended.
    cursors: Arc<Cursors>,
    polls: Arc<Batches<PollRecord, Answer>>,
}

/// The connection over which decisions are written, and the replicas for which they wait.
#[derive(Clone)]
struct Decisions {
    connection: RedisConnection,
    replicas: Replicas,
}

impl RedisStore {
    /// A store on this connection: a `ConnectionManager`, a `SentinelClient` or a `ClusterClient` of the crate `redis`, or a
    /// [pool](RedisConnection::pooled). It reads from masters only, whatever the settings of the client.
    #[must_use]
    pub fn new(connection: impl Into<RedisConnection>) -> Self {
        Self {
            connection: connection.into(),
            decisions: None,
            clock: None,
            prefix: KeyPrefix::default(),
            is_indexed: false,
            cursors: Arc::default(),
            polls: batches(),
        }
    }

    /// Sets the prefix of the names of all keys: 1 to 64 ASCII letters, digits or any of `: . _ - /`. Default: `dg:`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it has other characters or another length.
    pub fn key_prefix(mut self, prefix: &str) -> Result<Self, InvalidValue> {
        self.prefix = KeyPrefix::parse(prefix)?;
        self.polls = batches();
        Ok(self)
    }

    /// Keeps an index of the grants of each end user and client, so that the store is a [`GrantDirectory`]. Default: no index.
    ///
    /// It adds one round trip to authorizing and two to approving, and about 300 bytes to each grant. Set it on every node that
    /// shares the store: a grant that was stored without it is not listed.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.is_indexed = true;
        self
    }

    /// Sets a clock in place of the server's, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self.polls = batches();
        self
    }

    /// Waits at each decision, lease and commit until `count` replicas have it. Default: no wait.
    ///
    /// If fewer replicas have it within `timeout`, the call is a retryable error, and no token leaves.
    /// Waiting blocks a connection, so pass a `connection` that nothing
    /// else uses. Its response timeout has to be longer than `timeout`.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use device_grant::store::RedisStore;
    ///
    /// let client = redis::Client::open("redis://127.0.0.1/")?;
    /// let decisions = client.get_connection_manager().await?;
    /// let store = RedisStore::new(client.get_connection_manager().await?)
    ///     .wait_for_replicas(1, Duration::from_millis(300), decisions);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn wait_for_replicas(
        mut self,
        count: u32,
        timeout: Duration,
        connection: impl Into<RedisConnection>,
    ) -> Self {
        let connection = connection.into();
        self.decisions = Some(Decisions {
            connection,
            replicas: Replicas { count, timeout },
        });
        self
    }

    /// Returns the announcer for several nodes on this Redis. Give it to [`Builder::announcer`](crate::Builder::announcer), and
    /// spawn [`DeviceGrants::listen`](crate::DeviceGrants::listen).
    ///
    /// It announces by `PUBLISH`, over the connection of the store, on the channel `dg:decided`. Set the
    /// [prefix](Self::key_prefix) before this call. `open` opens the connection on which a node listens, at the start and when
    /// the last one has failed; a connection that is silent is tried every 15 s. Any server of a Cluster, and any
    /// replica, gets all announcements. [The guide for Redis](https://docs.rs/device-grant/latest/device_grant/guide/redis/) has
    /// the code for each.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use device_grant::store::RedisStore;
    ///
    /// let client = redis::Client::open("redis://127.0.0.1/")?;
    /// let store = RedisStore::new(client.get_connection_manager().await?);
    /// let announcer = store.announcer(move || {
    ///     let client = client.clone();
    ///     async move { client.get_async_pubsub().await }
    /// });
    /// # let _ = announcer;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn announcer<F, Opening, E>(&self, open: F) -> Arc<dyn Announcer>
    where
        F: Fn() -> Opening + Send + Sync + 'static,
        Opening: Future<Output = Result<PubSub, E>> + Send + 'static,
        E: Into<Cause> + 'static,
    {
        let connection = self.connection.clone();
        // A channel belongs to the server, not to a database of it: only the prefix separates deployments.
        let channel = format!("{}decided", self.prefix);
        Arc::new(Messages {
            connection,
            channel,
            open,
        })
    }

    fn grant_key(&self, id: &GrantId) -> String {
        self.grant_prefix() + &Base64UrlUnpadded::encode_string(id.as_bytes())
    }

    fn grant_prefix(&self) -> String {
        format!("{}g:", self.prefix)
    }

    fn user_code_key(&self, code: &UserCodeDigest) -> String {
        let digest = Base64UrlUnpadded::encode_string(code.as_bytes());
        format!("{}u:{digest}", self.prefix)
    }
}

/// The polls of stores with the same settings.
fn batches() -> Arc<Batches<PollRecord, Answer>> {
    Arc::new(Batches::new(2, PollRecord::is_judged_as))
}

#[async_trait]
impl GrantStore for RedisStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        Ok(self.insert_row(new).await?)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        Ok(self.confirmed_row(*id).await?)
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        // A digest that is named twice would find its grant twice, and the caller treats two live grants as none.
        let each_once: BTreeSet<_> = codes.iter().collect();
        let found = each_once
            .into_iter()
            .map(|code| self.row_by_user_code(code));
        // All at once, so that several digests take no more round trips than one.
        let found = try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        Ok(self.replace_row(replacement).await?)
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.polled(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(self.server_time().await?)
    }

    /// Deletes grants that Redis should have deleted, such as those that were restored without their time to live.
    ///
    /// A call looks at about 10,000 keys of each server, and the next call continues there, so 0 does not mean that all keys were
    /// looked at. With a [clock for tests](Self::with_clock), by which no key expires, it looks at all keys until it finds something.
    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        Ok(self.forget(limit).await?)
    }

    /// Checks that grants can be trusted to the server, or to every master of the Cluster: that it is new enough, does not
    /// evict keys, is no replica, has the replicas that are waited for, and lets this user run scripts.
    async fn check(&self) -> Result<Vec<String>, PortError> {
        let decisions = self.decisions.as_ref();
        let replicas = decisions.map(|decisions| decisions.replicas.count);
        let mut advice = Vec::new();
        for server in Server::all(&self.connection).await? {
            server.check(replicas)?;
            advice.extend(server.advice());
        }
        // `INFO` does not tell whether this user may run the scripts.
        self.try_out().await?;
        // The masters of a Cluster mostly have the same settings.
        advice.dedup();
        Ok(advice)
    }
}

#[async_trait]
impl GrantDirectory for RedisStore {
    /// Lists a page of grants, usually in two round trips: the index, and then the grants at once.
    ///
    /// # Errors
    ///
    /// [`PortError`] if the store fails, or is not [`indexed`](RedisStore::indexed).
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        Ok(self.rows_of(page).await?)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("connection", &self.connection)
            .field("prefix", &self.prefix)
            .field(
                "replicas",
                &self.decisions.as_ref().map(|decisions| decisions.replicas),
            )
            .finish()
    }
}
