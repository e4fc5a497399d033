//! Where grants live: in memory, or in one of the stores that this build has.

use std::error::Error;

use device_grant::Builder;
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "redis-1",
    feature = "sqlite-sqlx-09"
))]
use device_grant::code::CodeKeys;

/// The environment variable with the keys of the user codes, each 32 random bytes in base64, the newest last: the same for all
/// processes that share a store.
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "redis-1",
    feature = "sqlite-sqlx-09"
))]
const KEY: &str = "DEVICE_GRANT_CODE_KEY";

#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "redis-1",
    feature = "sqlite-sqlx-09"
))]
const REMEDY: &str =
    "set it on all processes that share the store to what `openssl rand -base64 32` prints";

/// The longest that a call waits for a connection or for a lock of the whole database: less than a call of the store may take.
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "sqlite-sqlx-09"
))]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);
/// The number of connections to a server. A pending poll is one statement.
#[cfg(any(feature = "mariadb-sqlx-09", feature = "postgres-sqlx-09"))]
const CONNECTIONS: u32 = 16;

/// Gives the builder the store and the limiter that `store` names, made ready for use.
pub(crate) async fn connect(builder: Builder, store: &str) -> Result<Builder, Box<dyn Error>> {
    match store.split_once(':') {
        None if store == "memory" => Ok(builder.in_memory()),
        #[cfg(feature = "sqlite-sqlx-09")]
        Some(("sqlite", path)) => sqlite(builder, path).await,
        #[cfg(feature = "postgres-sqlx-09")]
        Some(("postgres" | "postgresql", _)) => postgres(keyed(builder)?, store).await,
        #[cfg(feature = "mariadb-sqlx-09")]
        Some(("mysql" | "mariadb", _)) => mariadb(keyed(builder)?, store).await,
        #[cfg(feature = "redis-1")]
        Some(("redis", _)) => redis(keyed(builder)?, store).await,
        #[cfg(feature = "redis-1")]
        Some(("redis-sentinel", rest)) => redis_sentinel(keyed(builder)?, rest).await,
        #[cfg(feature = "redis-1")]
        Some(("redis-cluster", rest)) => redis_cluster(keyed(builder)?, rest).await,
        Some((kind, _)) => Err(unknown(kind).into()),
        None => Err(unknown(store).into()),
    }
}

/// Makes the error of an unknown store. The part after the colon may have a password, so it is not repeated.
fn unknown(kind: &str) -> String {
    match kind {
        "sqlite" => missing(kind, "sqlite-sqlx-09"),
        "postgres" | "postgresql" => missing(kind, "postgres-sqlx-09"),
        "mysql" | "mariadb" => missing(kind, "mariadb-sqlx-09"),
        "redis" => missing(kind, "redis-1"),
        "redis-cluster" | "redis-sentinel" => unknown("redis"),
        "rediss" => "this example speaks to Redis without TLS: redis://...".to_owned(),
        kind => format!("there is no store {kind:?}; see --help"),
    }
}

fn missing(kind: &str, feature: &str) -> String {
    format!("{kind} is not in this build: add --features dpop,page,tower,{feature}")
}

#[cfg(feature = "sqlite-sqlx-09")]
async fn sqlite(builder: Builder, path: &str) -> Result<Builder, Box<dyn Error>> {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    if path.is_empty() {
        return Err("sqlite: takes the path of a file".into());
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(PATIENCE);
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(|error| unreachable_at(path, &error))?;
    // The file may be of this process alone.
    if std::env::var_os(KEY).is_none() {
        eprintln!(
            "warning: {KEY} is not set: no other process finds the user codes of this one, nor does this one after a restart; \
             {REMEDY}"
        );
        // The store and the limiter that are set take precedence over those in memory.
        return sql(builder.in_memory(), pool.into()).await;
    }
    sql(keyed(builder)?, pool.into()).await
}

#[cfg(feature = "postgres-sqlx-09")]
async fn postgres(builder: Builder, url: &str) -> Result<Builder, Box<dyn Error>> {
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{ConnectOptions, Connection};

    // A pool tries again and again, and then only says that it took too long.
    let options: PgConnectOptions = url.parse()?;
    let tried = options.connect().await;
    let tried = tried.map_err(|error| unreachable_at("the PostgreSQL server", &error))?;
    tried.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        // A broken connection costs a retryable error, and a ping would cost each call a round trip.
        .test_before_acquire(false)
        .connect_lazy_with(options);
    sql(builder, pool.into()).await
}

#[cfg(feature = "mariadb-sqlx-09")]
async fn mariadb(builder: Builder, url: &str) -> Result<Builder, Box<dyn Error>> {
    use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
    use sqlx::{ConnectOptions, Connection};

    // As for PostgreSQL: one connection is tried first, for its error.
    let options: MySqlConnectOptions = url.parse()?;
    let tried = options.connect().await;
    let tried = tried.map_err(|error| unreachable_at("the MariaDB server", &error))?;
    tried.close().await?;
    let pool = MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    sql(builder, pool.into()).await
}

/// Store and limiter in the same database, whichever it is.
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "sqlite-sqlx-09"
))]
async fn sql(
    builder: Builder,
    database: device_grant::sql::Database,
) -> Result<Builder, Box<dyn Error>> {
    use std::sync::Arc;

    use device_grant::limiter::SqlLimiter;
    use device_grant::store::SqlStore;

    database.migrate().await?;
    let store = Arc::new(SqlStore::new(database.clone()));
    let limiter = SqlLimiter::new(database);
    // Where the database can tell, polls that wait at other nodes are answered at once.
    let builder = match store.announcer() {
        Some(announcer) => builder.announcer(announcer),
        None => builder,
    };
    let builder = builder.store(Arc::clone(&store)).directory(store);
    Ok(builder.limiter(limiter))
}

#[cfg(feature = "redis-1")]
async fn redis(builder: Builder, url: &str) -> Result<Builder, Box<dyn Error>> {
    let client = redis::Client::open(url).map_err(|error| no_redis_url("redis", &error))?;
    // The connection manager tries again for ten seconds, which is right for all but the first time.
    let first = client.get_multiplexed_async_connection().await;
    first.map_err(|error| {
        if error.kind() == redis::ErrorKind::Parse {
            return "what answers at this address is no Redis server".to_owned();
        }
        unreachable_at("the Redis server", &error)
    })?;
    let connection = client.get_connection_manager().await?;
    on_redis(builder, connection, hearing(client)).await
}

/// Opens the connections on which the decisions of other nodes are heard.
#[cfg(feature = "redis-1")]
fn hearing(client: redis::Client) -> impl Fn() -> Opening + Send + Sync + 'static {
    move || {
        let client = client.clone();
        Box::pin(async move { client.get_async_pubsub().await })
    }
}

#[cfg(feature = "redis-1")]
type Opening =
    std::pin::Pin<Box<dyn Future<Output = redis::RedisResult<redis::aio::PubSub>> + Send>>;

/// `redis-sentinel://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...]/NAME`: where the Sentinels are, and what they call the master. User
/// and password are those of the master and its replicas.
#[cfg(feature = "redis-1")]
async fn redis_sentinel(builder: Builder, rest: &str) -> Result<Builder, Box<dyn Error>> {
    // A client of its own: asking the Sentinels needs it alone, and would keep the store's calls waiting.
    let hearing = std::sync::Arc::new(tokio::sync::Mutex::new(sentinels(rest)?));
    let hear = move || -> Opening {
        let hearing = hearing.clone();
        Box::pin(async move {
            let master = hearing.lock().await.async_get_client().await?;
            master.get_async_pubsub().await
        })
    };
    let connection: device_grant::store::RedisConnection = sentinels(rest)?.into();
    on_redis(builder, connection, hear).await
}

#[cfg(feature = "redis-1")]
fn sentinels(rest: &str) -> Result<redis::sentinel::SentinelClient, Box<dyn Error>> {
    use redis::ConnectionAddr;
    use redis::sentinel::{SentinelClientBuilder, SentinelServerType};

    const FORM: &str =
        "a URL of Sentinels is redis-sentinel://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...]/NAME";
    let rest = rest.strip_prefix("//").ok_or(FORM)?;
    // From the right, as at `@`: a password may contain these characters.
    let (place, name) = rest.rsplit_once('/').ok_or(FORM)?;
    let (account, hosts) = match place.rsplit_once('@') {
        Some((account, hosts)) => (account.split_once(':'), hosts),
        None => (None, place),
    };
    let address = |host: &str| -> Option<ConnectionAddr> {
        let (host, port) = host.rsplit_once(':')?;
        Some(ConnectionAddr::Tcp(host.to_owned(), port.parse().ok()?))
    };
    let addresses: Option<Vec<_>> = hosts.split(',').map(address).collect();
    let master = SentinelServerType::Master;
    let mut client = SentinelClientBuilder::new(addresses.ok_or(FORM)?, name, master)?;
    if let Some((user, password)) = account {
        client = client.set_client_to_redis_password(password);
        if !user.is_empty() {
            client = client.set_client_to_redis_username(user);
        }
    }
    Ok(client.build()?)
}

#[cfg(feature = "redis-1")]
async fn on_redis<C>(
    builder: Builder,
    connection: C,
    hear: impl Fn() -> Opening + Send + Sync + 'static,
) -> Result<Builder, Box<dyn Error>>
where
    C: Into<device_grant::store::RedisConnection> + Clone,
{
    use device_grant::limiter::RedisLimiter;
    use device_grant::store::RedisStore;

    let store = RedisStore::new(connection.clone());
    let limiter = RedisLimiter::new(connection);
    let builder = builder.announcer(store.announcer(hear));
    Ok(builder.store(store).limiter(limiter))
}

#[cfg(feature = "redis-1")]
async fn redis_cluster(builder: Builder, rest: &str) -> Result<Builder, Box<dyn Error>> {
    let url = format!("redis:{rest}");
    let refused = |error| no_redis_url("redis-cluster", &error);
    let client = redis::cluster::ClusterClient::new([url.as_str()]).map_err(refused)?;
    // Any server of a Cluster passes on what is published at the others.
    let hear = hearing(redis::Client::open(url).map_err(refused)?);
    on_redis(builder, client, hear).await
}

#[cfg(feature = "redis-1")]
fn no_redis_url(scheme: &str, error: &redis::RedisError) -> String {
    format!("a Redis URL is {scheme}://[USER:PASSWORD@]HOST[:PORT][/DATABASE]: {error}")
}

/// Makes the error of a server that cannot be reached. Its URL may have a password, so it is not repeated.
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "redis-1",
    feature = "sqlite-sqlx-09"
))]
fn unreachable_at(what: &str, error: &dyn Error) -> String {
    format!("cannot reach {what}: {error}")
}

/// Sets the keys that the environment names. A store that others share is not used without: nobody would find the user codes of
/// the others.
#[cfg(any(
    feature = "mariadb-sqlx-09",
    feature = "postgres-sqlx-09",
    feature = "redis-1",
    feature = "sqlite-sqlx-09"
))]
fn keyed(builder: Builder) -> Result<Builder, Box<dyn Error>> {
    let keys = std::env::var(KEY).map_err(|_| format!("{KEY} is not set: {REMEDY}"))?;
    Ok(builder.keys(CodeKeys::parse(&keys)?))
}
