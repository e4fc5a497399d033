use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use redis::Value;

use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Clock, LimitKey, Limiter, PortError, Quota};
use crate::invalid_value::InvalidValue;
use crate::redis_client::{Failure, KeyPrefix, RedisConnection, Script, Server};

static CHARGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("charge.lua")));

/// A limiter in Redis, shared by all nodes: one server, the master behind Sentinels, or a Cluster.
///
/// Charging any number of keys is one round trip and one atomic step. On a Cluster, all keys therefore have to be in one slot,
/// and one master counts for all nodes: about ten thousand charges a second, far more than people can type.
///
/// A failover may lose the last charges, and a restart without persistence loses all of them. A server that
/// evicts keys when its memory is full ends limits early; [`check`](Limiter::check) returns an error for it.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use device_grant::limiter::RedisLimiter;
///
/// let client = redis::Client::open("redis://127.0.0.1/")?;
/// let limiter = RedisLimiter::new(client.get_connection_manager().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisLimiter {
    connection: RedisConnection,
    prefix: KeyPrefix,
    /// The clock of a test, in place of the server's.
    clock: Option<Arc<dyn Clock>>,
}

impl RedisLimiter {
    /// A limiter on this connection: a `ConnectionManager`, a `SentinelClient` or a `ClusterClient` of the crate `redis`, or a
    /// [pool](crate::store::RedisConnection::pooled).
    #[must_use]
    pub fn new(connection: impl Into<RedisConnection>) -> Self {
        Self {
            connection: connection.into(),
            prefix: KeyPrefix::default(),
            clock: None,
        }
    }

    /// Sets the prefix of the names of all keys: 1 to 64 ASCII letters, digits or any of `: . _ - /`. Default: `dg:`.
    ///
    /// The prefix is put in braces, so that all keys are in one slot of a Cluster.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it has other characters or another length.
    pub fn key_prefix(mut self, prefix: &str) -> Result<Self, InvalidValue> {
        self.prefix = KeyPrefix::parse(prefix)?;
        Ok(self)
    }

    /// Sets the clock, for tests. Default: that of the server, which all nodes share.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    async fn charge_all(&self, charges: &[Charge]) -> Result<Charged, Failure> {
        if charges.is_empty() {
            return Ok(Charged::Allowed);
        }
        let key = |charge: &Charge| format!("{{{}}}l:{}", self.prefix, charge.key.as_str());
        let keys: Vec<String> = charges.iter().map(key).collect();
        let at = self.clock.as_ref().map(|clock| sortable(clock.now()));
        let mut arguments = vec![at.map(Vec::from).unwrap_or_default()];
        arguments.extend(charges.iter().flat_map(terms));
        let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
        let reply = CHARGE.run(&self.connection, &keys, &arguments).await?;
        let Value::Array(reply) = reply else {
            return Err(Failure::UnexpectedReply);
        };
        match reply.as_slice() {
            [Value::Int(0)] => Ok(Charged::Allowed),
            [Value::Int(number), Value::Int(micros)] => limited(*number, *micros),
            _ => Err(Failure::UnexpectedReply),
        }
    }
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        Ok(self.charge_all(charges).await?)
    }

    /// Deletes nothing, because keys expire.
    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Ok(0)
    }

    /// Checks that limits can be kept on the server, or on every master of the Cluster: that it is new enough, does not
    /// evict keys, is no replica, and lets this user run scripts.
    async fn check(&self) -> Result<Vec<String>, PortError> {
        for server in Server::all(&self.connection).await? {
            server.check(None)?;
        }
        // Giving back to a key that owes nothing needs the same rights as a charge, and writes nothing.
        let key = LimitKey::new("check", "", "");
        let quota = Quota::new(1, Duration::from_secs(1));
        let probe = Charge::take(key, quota).given_back();
        _ = self.charge_all(&[probe]).await?;
        Ok(Vec::new())
    }
}

impl fmt::Debug for RedisLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLimiter")
            .field("connection", &self.connection)
            .field("prefix", &self.prefix)
            .finish()
    }
}

/// The arguments of the script for one charge.
fn terms(charge: &Charge) -> [Vec<u8>; 3] {
    let kind = if charge.gives_back { "G" } else { "T" };
    let micros = |duration: Duration| duration.as_micros().to_string().into_bytes();
    [
        kind.into(),
        micros(charge.quota.unit()),
        micros(charge.quota.period()),
    ]
}

fn limited(number: i64, micros: i64) -> Result<Charged, Failure> {
    // Lua counts from 1.
    let index = usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1));
    let micros = u64::try_from(micros).ok();
    match (index, micros) {
        (Some(index), Some(micros)) => Ok(Charged::limited(index, Duration::from_micros(micros))),
        _ => Err(Failure::UnexpectedReply),
    }
}

/// The time as eight bytes of an unsigned number.
fn sortable(time: Timestamp) -> [u8; 8] {
    (time.as_micros().cast_unsigned() ^ (1 << 63)).to_be_bytes()
}
