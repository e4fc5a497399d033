use super::{Failure, RedisConnection, Reply};

/// The state of a master, as it reports it.
pub(crate) struct Server {
    info: String,
    is_cluster: bool,
}

impl Server {
    const OLDEST_MAJOR: u32 = 7;

    /// Asks every master.
    pub(crate) async fn all(connection: &RedisConnection) -> Result<Vec<Self>, Failure> {
        let answers = connection.send_to_masters(&redis::cmd("INFO")).await?;
        answers
            .into_iter()
            .map(|(_, answer)| {
                Ok(Self {
                    info: Reply::text(answer)?,
                    is_cluster: connection.is_cluster(),
                })
            })
            .collect()
    }

    /// Checks whether grants can be trusted to it.
    pub(crate) fn check(&self, replicas: Option<u32>) -> Result<(), Failure> {
        // Valkey reports under this name the version of Redis that it is compatible with.
        let version = self
            .field("redis_version")
            .ok_or(Failure::UnexpectedReply)?;
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < Self::OLDEST_MAJOR) {
            return Err(Failure::TooOld {
                version: version.to_owned(),
            });
        }
        if !self.is_cluster && self.field("redis_mode") == Some("cluster") {
            return Err(Failure::ClusterNode);
        }
        if self.field("role") == Some("slave") {
            return Err(Failure::Replica);
        }
        match self.field("maxmemory_policy") {
            Some("noeviction") => {}
            Some(policy) => {
                return Err(Failure::Evicts {
                    policy: policy.to_owned(),
                });
            }
            None => return Err(Failure::UnexpectedReply),
        }
        let connected = self
            .field("connected_slaves")
            .and_then(|count| count.parse().ok());
        match (replicas, connected.unwrap_or(0)) {
            (Some(wanted), connected) if connected < wanted => {
                Err(Failure::TooFewReplicas { wanted, connected })
            }
            _ => Ok(()),
        }
    }

    /// A line for each setting with which a restart may lose grants.
    pub(crate) fn advice(&self) -> Option<String> {
        (self.field("aof_enabled") == Some("0")).then(|| {
            "Redis keeps no append-only file, so a restart forgets what came after the last snapshot: run `CONFIG SET \
             appendonly yes`, and set it in the configuration file"
                .to_owned()
        })
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.info
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }
}
