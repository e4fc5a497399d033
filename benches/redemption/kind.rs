use std::sync::Arc;

use device_grant::device_grants::Builder;
use device_grant::host::GrantStore;
use device_grant::store::SqlStore;

use crate::stage::Stage;
use crate::{postgres, redis, sqlite};

/// Which store.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Postgres,
    Sqlite,
    Redis,
    Cluster,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Postgres, Self::Sqlite, Self::Redis, Self::Cluster];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::Redis => "redis",
            Self::Cluster => "redis-cluster",
        }
    }

    /// Starts a server, where it takes one, and creates tables.
    pub(crate) fn set_up(self) -> Stage {
        match self {
            Self::Postgres => postgres::set_up(),
            Self::Sqlite => sqlite::set_up(),
            Self::Redis => redis::set_up(),
            Self::Cluster => redis::set_up_cluster(),
        }
    }

    /// A node that keeps its grants at the end of that way. To be called within a runtime.
    pub(crate) async fn furnish(self, node: Builder, way: &str) -> Builder {
        match self {
            Self::Postgres => node.store(SqlStore::new(postgres::open(way).await)),
            Self::Sqlite => node.store(SqlStore::new(sqlite::open(way).await)),
            Self::Redis => node.store(redis::open(way).await),
            Self::Cluster => node.store(redis::open_cluster(way).await),
        }
    }

    /// The store at the end of that way, to look into it.
    pub(crate) async fn open(self, way: &str) -> Arc<dyn GrantStore> {
        match self {
            Self::Postgres => Arc::new(SqlStore::new(postgres::open(way).await)),
            Self::Sqlite => Arc::new(SqlStore::new(sqlite::open(way).await)),
            Self::Redis => Arc::new(redis::open(way).await),
            Self::Cluster => Arc::new(redis::open_cluster(way).await),
        }
    }
}
