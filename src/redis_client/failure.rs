use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::host::{Cause, PortError};

/// A failure of Redis, or of the way to it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("Redis cannot be reached, or cannot serve at the moment")]
    Unavailable(#[source] RedisError),
    #[error("the pool has no connection to Redis")]
    NoConnection(#[source] Cause),
    #[error(
        "Redis has reached `maxmemory` and refuses writes: give it more memory, because grants \
         must not be evicted"
    )]
    OutOfMemory(#[source] RedisError),
    #[error("Redis refuses writes because it cannot save to its disk: look at its log")]
    CannotSave(#[source] RedisError),
    #[error(
        "Redis refuses writes because too few replicas are connected (`min-replicas-to-write`)"
    )]
    TooFewReplicasForWrites(#[source] RedisError),
    #[error(
        "{reached} of {wanted} replicas have the write so far; it is not undone, but a failover may lose it"
    )]
    NotReplicated { wanted: u32, reached: i64 },
    #[error(
        "a key with the prefix that was set holds something else: choose another `key_prefix`, or another \
         database"
    )]
    ForeignKey(#[source] RedisError),
    #[error(
        "Redis does not let this user do what is needed, on the keys with the prefix that was set: \
         `src/guide/redis.md` lists the rights"
    )]
    NotPermitted(#[source] RedisError),
    #[error("Redis requires a user and password, or other ones: set them in its URL")]
    NotAuthenticated(#[source] RedisError),
    #[error("the answer is not Redis' protocol: is the address that of a Redis server?")]
    Unintelligible(#[source] RedisError),
    #[error(
        "this server is a node of a Cluster: connect to it as to a Cluster, by a `ClusterClient`"
    )]
    ClusterNode,
    #[error(
        "this server is no node of a Cluster: connect to it as to a single one, by a `ConnectionManager`"
    )]
    NoCluster(#[source] RedisError),
    // Redis 7.0 reports this, and not `NOPERM`, for a command inside a script.
    #[error(
        "Redis refuses a command: perhaps this user lacks a right, which `src/guide/redis.md` lists"
    )]
    Refused(#[source] RedisError),
    #[error("Redis answered something unexpected: is this a proxy, or another database?")]
    UnexpectedReply,
    #[error("a stored grant cannot be read")]
    Unreadable(#[from] Unreadable),
    #[error(
        "Redis evicts keys when its memory is full (`maxmemory-policy {policy}`), which loses decisions and limits: \
         set `maxmemory-policy noeviction`"
    )]
    Evicts { policy: String },
    #[error("Redis {version} is too old: 7.0 is needed")]
    TooOld { version: String },
    #[error(
        "a master has {connected} connected replicas, and decisions are to wait for {wanted}: connect more, \
         or set `wait_for_replicas` to fewer"
    )]
    TooFewReplicas { wanted: u32, connected: u32 },
    #[error("this server is a replica: connect to its master")]
    Replica,
    #[error(
        "the store keeps no index of grants by end user and client: set `indexed` on every node"
    )]
    NotIndexed,
}

/// The reason why a stored grant cannot be read. It shows no part of the grant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it was written by a newer version of device-grant: update it on this node")]
    Newer,
    #[error("it is damaged, or the key prefix is that of another program")]
    Damaged,
}

impl Failure {
    /// The error that Redis itself, or the way to it, reported.
    pub(crate) fn redis_error(&self) -> Option<&RedisError> {
        match self {
            Self::Unavailable(error)
            | Self::OutOfMemory(error)
            | Self::CannotSave(error)
            | Self::TooFewReplicasForWrites(error)
            | Self::ForeignKey(error)
            | Self::NotPermitted(error)
            | Self::NotAuthenticated(error)
            | Self::Unintelligible(error)
            | Self::NoCluster(error)
            | Self::Refused(error) => Some(error),
            Self::NoConnection(_)
            | Self::NotReplicated { .. }
            | Self::ClusterNode
            | Self::UnexpectedReply
            | Self::Unreadable(_)
            | Self::Evicts { .. }
            | Self::TooOld { .. }
            | Self::TooFewReplicas { .. }
            | Self::Replica
            | Self::NotIndexed => None,
        }
    }

    /// Returns whether the same call may succeed later, without a change of this program's settings or of its rights.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::NoConnection(_)
            // Grants expire, so that memory becomes free.
            | Self::OutOfMemory(_)
            | Self::CannotSave(_)
            | Self::TooFewReplicasForWrites(_)
            | Self::Unintelligible(_)
            | Self::NotReplicated { .. } => true,
            Self::ForeignKey(_)
            | Self::NotPermitted(_)
            | Self::NotAuthenticated(_)
            | Self::ClusterNode
            | Self::NoCluster(_)
            | Self::Refused(_)
            | Self::UnexpectedReply
            | Self::Unreadable(_)
            | Self::Evicts { .. }
            | Self::TooOld { .. }
            | Self::TooFewReplicas { .. }
            | Self::Replica
            | Self::NotIndexed => false,
        }
    }
}

impl From<RedisError> for Failure {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what Redis may report is open-ended"
    )]
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("OOM") => return Self::OutOfMemory(error),
            Some("MISCONF") => return Self::CannotSave(error),
            Some("NOREPLICAS") => return Self::TooFewReplicasForWrites(error),
            Some("WRONGTYPE") => return Self::ForeignKey(error),
            Some("NOAUTH" | "WRONGPASS") => return Self::NotAuthenticated(error),
            Some("NOPERM") => return Self::NotPermitted(error),
            // Another client's script blocks the server, or a master became a replica while a write waited.
            Some("BUSY" | "UNBLOCKED") => return Self::Unavailable(error),
            Some(_) | None => {}
        }
        match error.kind() {
            ErrorKind::Io
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
            | ErrorKind::Server(
                ServerErrorKind::Ask
                | ServerErrorKind::BusyLoading
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::Moved
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::TryAgain,
            ) => Self::Unavailable(error),
            ErrorKind::AuthenticationFailed => Self::NotAuthenticated(error),
            ErrorKind::Parse => Self::Unintelligible(error),
            _ => Self::Refused(error),
        }
    }
}

impl From<Failure> for PortError {
    fn from(failure: Failure) -> Self {
        if failure.is_passing() {
            Self::unavailable(failure)
        } else {
            Self::broken(failure)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kind of failure that a server reported by this line.
    fn failure(line: &str) -> Failure {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err().into()
    }

    #[test]
    fn what_a_failover_brings_about_may_pass() {
        for line in [
            "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
            "READONLY You can't write against a read only replica.",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "CLUSTERDOWN The cluster is down",
            "LOADING Redis is loading the dataset in memory",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "NOREPLICAS Not enough good replicas to write.",
        ] {
            assert!(failure(line).is_passing(), "{line}");
        }
    }

    #[test]
    fn what_nobody_mends_by_waiting_does_not_pass() {
        for line in [
            "NOAUTH Authentication required.",
            "NOPERM this user has no permissions to run the 'eval' command",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "ERR unknown command 'EVALSHA'",
        ] {
            assert!(!failure(line).is_passing(), "{line}");
        }
    }
}
