#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what the driver's enum has besides, now or later, is a reply that was not asked for"
)]

mod purge;
mod row;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::future::try_join_all;
use redis::Value;
use redis::aio::ConnectionManager;
use redis::cluster::ClusterClient;

use self::purge::Cursors;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Holder, Paced, Pacing, Revision, State, Stored, Timestamp};
use crate::host::{GrantStore, Insertion, Polled, Replaced, StoreError};
use crate::redis_client::{
    Failure, InvalidKeyPrefix, KeyPrefix, RedisConnection, Replicas, Script, Server, Unreadable,
};

static FIND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("find.lua")));
static CONFIRM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("confirm.lua")));
static FORGET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("forget.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("release.lua")));
static REPLACE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("replace.lua")));
static RECORD_POLL: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("record_poll.lua")));

/// How much longer than its grant a user code is taken. No clock of a node in a Cluster is that far off.
const INDEX_OUTLIVES: Duration = Duration::from_secs(60);

/// Grants in Redis 7 or newer (or Valkey): one server, or a Cluster.
///
/// A grant is one key, its user code another; both go by themselves when the grant's retention is over, so
/// [`purge`](GrantStore::purge) finds nothing to do. Every operation is one round trip but for
/// [`insert`](GrantStore::insert) and [`find_by_user_code`](GrantStore::find_by_user_code), which are two:
/// the two keys of a grant are in different slots of a Cluster.
///
/// Redis acknowledges a write before it is on disk or on a replica, unless it is told otherwise. What each
/// setting guarantees is in `docs/stores-redis.md`; [`check`](Self::check) refuses a server that evicts keys.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use device_grant::store::RedisStore;
///
/// let client = redis::Client::open("redis://127.0.0.1/")?;
/// let store = RedisStore::new(client.get_connection_manager().await?);
/// store.check().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: RedisConnection,
    decisions: Option<Decisions>,
    prefix: KeyPrefix,
    cursors: Arc<Cursors>,
}

/// Where decisions are written, and for what they wait.
#[derive(Clone)]
struct Decisions {
    connection: RedisConnection,
    replicas: Replicas,
}

impl RedisStore {
    /// A store on one Redis.
    #[must_use]
    pub fn new(connection: ConnectionManager) -> Self {
        Self::on(connection.into())
    }

    /// A store on a Redis Cluster.
    ///
    /// It takes the client and connects by itself: a connection of `redis` can come to a standstill when a master
    /// dies, and is then replaced. Reads go to masters, whatever the client does with other reads.
    #[must_use]
    pub fn cluster(client: ClusterClient) -> Self {
        Self::on(client.into())
    }

    fn on(connection: RedisConnection) -> Self {
        Self {
            connection,
            decisions: None,
            prefix: KeyPrefix::default(),
            cursors: Arc::default(),
        }
    }

    /// What the names of all keys begin with: 1 to 64 ASCII letters, digits or any of `: . _ - /`. Default: `dg:`.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyPrefix`] when it has anything else in it.
    pub fn key_prefix(mut self, prefix: &str) -> Result<Self, InvalidKeyPrefix> {
        self.prefix = KeyPrefix::parse(prefix)?;
        Ok(self)
    }

    /// Lets decisions of end users, and commits of issued tokens, wait until `count` replicas have them.
    ///
    /// What has reached no such number within `timeout` is an error that may be retried, and no token leaves.
    /// Waiting holds up whatever else is sent over the same connection, so `connection` is one that nothing
    /// else uses; its response timeout has to be longer than `timeout`. Default: decisions wait for nothing.
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

    /// Checks that grants can be trusted to the server, or to every master of the Cluster: that it is new enough,
    /// does not evict keys, is no replica, has the replicas that are waited for, and lets this user run scripts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] whose source says what to change.
    pub async fn check(&self) -> Result<(), StoreError> {
        let replicas = self
            .decisions
            .as_ref()
            .map(|decisions| decisions.replicas.count);
        for server in Server::all(&self.connection).await? {
            server.check(replicas)?;
        }
        // A key that no grant has.
        let key = format!("{}check", self.prefix);
        self.set_once(&key, b"check", Duration::from_secs(1))
            .await?;
        RELEASE.run(&self.connection, &[key], &[b"check"]).await?;
        Ok(())
    }

    fn grant_key(&self, id: &GrantId) -> String {
        self.grant_prefix() + &Base64UrlUnpadded::encode_string(id.as_bytes())
    }

    fn grant_prefix(&self) -> String {
        format!("{}g:", self.prefix)
    }

    /// Half of the digest: enough to tell codes apart, and the grant knows all of it.
    fn user_code_key(&self, code: &UserCodeDigest) -> String {
        let (half, _) = code.as_bytes().split_at(16);
        format!(
            "{}u:{}",
            self.prefix,
            Base64UrlUnpadded::encode_string(half)
        )
    }

    /// Sets a key that is not there.
    async fn set_once(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, Failure> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        let mut set = redis::cmd("SET");
        set.arg(key)
            .arg(value)
            .arg("NX")
            .arg("PX")
            .arg(millis.max(1));
        match self.connection.send(&set).await? {
            Value::Okay => Ok(true),
            Value::Nil => Ok(false),
            _ => Err(Failure::UnexpectedReply),
        }
    }

    async fn insert_row(&self, new: &Stored) -> Result<Insertion, Failure> {
        let facts = new.grant.facts();
        let grant_key = self.grant_key(&facts.id);
        // Relative, so that neither the caller's clock nor the server's, set back, forgets a grant early.
        let ttl = facts.forget_at.duration_until(facts.issued_at);
        let Some(code) = &facts.user_code else {
            let is_new = self.set_once(&grant_key, &row::new(new), ttl).await?;
            return Ok(if is_new {
                Insertion::Inserted
            } else {
                Insertion::Taken
            });
        };
        let code_key = self.user_code_key(code);
        // The code first: a crash in between leaves a code that leads nowhere, and never a grant without its code.
        if !self
            .set_once(
                &code_key,
                facts.id.as_bytes(),
                ttl.saturating_add(INDEX_OUTLIVES),
            )
            .await?
        {
            return Ok(Insertion::Taken);
        }
        let inserted = self.set_once(&grant_key, &row::new(new), ttl).await;
        if let Ok(true) = inserted {
            return Ok(Insertion::Inserted);
        }
        // Best effort: a code that leads nowhere harms nobody, and goes by itself.
        let _ = RELEASE
            .run(&self.connection, &[code_key], &[facts.id.as_bytes()])
            .await;
        inserted.map(|_| Insertion::Taken)
    }

    async fn value(&self, key: String) -> Result<Option<Vec<u8>>, Failure> {
        bytes(FIND.run(&self.connection, &[key], &[]).await?)
    }

    async fn row(&self, id: GrantId) -> Result<Option<Stored>, Failure> {
        let row = self.value(self.grant_key(&id)).await?;
        Ok(row.map(|row| row::read(id, &row)).transpose()?)
    }

    /// Reads a decision only once enough replicas have it.
    async fn confirmed_row(&self, id: GrantId) -> Result<Option<Stored>, Failure> {
        let found = self.row(id).await?;
        let Some(decisions) = &self.decisions else {
            return Ok(found);
        };
        if found
            .as_ref()
            .is_none_or(|found| !is_decision(found.grant.state()))
        {
            return Ok(found);
        }
        let key = self.grant_key(&id);
        let row = CONFIRM
            .run_and_wait(&decisions.connection, &key, &[], decisions.replicas)
            .await?;
        Ok(bytes(row)?.map(|row| row::read(id, &row)).transpose()?)
    }

    async fn row_by_user_code(&self, code: &UserCodeDigest) -> Result<Option<Stored>, Failure> {
        let Some(id) = self.value(self.user_code_key(code)).await? else {
            return Ok(None);
        };
        let id = <[u8; 16]>::try_from(id).map_err(|_| Unreadable::Damaged)?;
        let found = self.row(GrantId::from_bytes(id)).await?;
        Ok(found.filter(|found| found.grant.facts().user_code.as_ref() == Some(code)))
    }

    async fn replace_row(&self, expected: Revision, next: &Stored) -> Result<Replaced, Failure> {
        let key = self.grant_key(&next.grant.id());
        let (expected, tail) = (row::revision(expected), row::tail(next));
        let arguments: [&[u8]; 2] = [&expected, &tail];
        let reply = match &self.decisions {
            Some(Decisions {
                connection,
                replicas,
            }) if is_decision(next.grant.state()) => {
                REPLACE
                    .run_and_wait(connection, &key, &arguments, *replicas)
                    .await?
            }
            Some(_) | None => REPLACE.run(&self.connection, &[key], &arguments).await?,
        };
        match reply {
            Value::Int(1) => Ok(Replaced::Won),
            Value::Int(0) => Ok(Replaced::Lost),
            Value::Int(-1) => Err(Unreadable::Newer.into()),
            _ => Err(Failure::UnexpectedReply),
        }
    }

    async fn polled_row(
        &self,
        id: GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, Failure> {
        let arguments: [&[u8]; 5] = [
            &row::time(now),
            &skew(pacing).to_be_bytes(),
            holder.client_id.as_str().as_bytes(),
            holder
                .key_thumbprint
                .as_ref()
                .map_or(&[], |key| key.as_bytes()),
            holder
                .pkce_challenge
                .as_ref()
                .map_or(&[], |challenge| challenge.as_bytes()),
        ];
        let reply = RECORD_POLL
            .run(&self.connection, &[self.grant_key(&id)], &arguments)
            .await?;
        let Value::Array(fields) = reply else {
            return if reply == Value::Nil {
                Ok(None)
            } else {
                Err(Failure::UnexpectedReply)
            };
        };
        let Ok([row, Value::Int(paced), Value::Int(told)]) = <[Value; 3]>::try_from(fields) else {
            return Err(Failure::UnexpectedReply);
        };
        let row = bytes(row)?.ok_or(Failure::UnexpectedReply)?;
        let stored = row::read(id, &row)?;
        Ok(Some(Polled::new(stored, paced_of(paced, told)?)))
    }
}

#[async_trait]
impl GrantStore for RedisStore {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        Ok(self.insert_row(new).await?)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        Ok(self.confirmed_row(*id).await?)
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        let each_once: BTreeSet<_> = codes.iter().collect();
        let found = each_once
            .into_iter()
            .map(|code| self.row_by_user_code(code));
        let found = try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        Ok(self.replace_row(expected, next).await?)
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        Ok(self.polled_row(*id, holder, now, pacing).await?)
    }

    /// Forgets what Redis should have forgotten by itself: grants that were restored without their time to live,
    /// or that a clock far ahead finds due. Looks at a bounded number of keys, and goes on with others next time.
    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.forget(now, limit).await?)
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

/// Whether a state is one that is waited for: it says what somebody decided, or that tokens were issued.
fn is_decision(state: &State) -> bool {
    match state {
        State::Approved { .. }
        | State::Denied { .. }
        | State::Redeemed { .. }
        | State::Refused { .. }
        | State::Revoked { .. } => true,
        State::Pending { .. } | State::Redeeming { .. } => false,
    }
}

/// The clock skew in microseconds.
fn skew(pacing: &Pacing) -> i64 {
    let none = Pacing::default().leeway(0);
    let skew = pacing.leeway(0).saturating_sub(none);
    (Timestamp::from_micros(0) + skew).as_micros()
}

fn paced_of(paced: i64, told: i64) -> Result<Option<Paced>, Failure> {
    Ok(match paced {
        0 => None,
        1 => Some(Paced::Accepted),
        2 => Some(Paced::Twin),
        3 => {
            let interval = u32::try_from(told).map_err(|_| Failure::UnexpectedReply)?;
            Some(Paced::SlowDown { interval })
        }
        _ => return Err(Failure::UnexpectedReply),
    })
}

fn bytes(value: Value) -> Result<Option<Vec<u8>>, Failure> {
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(bytes)),
        _ => Err(Failure::UnexpectedReply),
    }
}
