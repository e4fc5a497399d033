use std::sync::Arc;

use device_grant::device_grants::Builder;
use device_grant::host::GrantStore;
use device_grant::sql::Database;
use device_grant::store::SqlStore;

use crate::stage::Stage;
use crate::{mariadb, postgres, redis, sqlite};

/// Which store, and which driver.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Sql(&'static Sql),
    Redis,
    Cluster,
}

/// A database and a driver.
pub(crate) struct Sql {
    /// The name of the driver's feature.
    name: &'static str,
    /// Starts a server, where it takes one, and creates tables.
    set_up: fn() -> Stage,
    /// Opens the database at the end of a way. To be called within a runtime.
    open: fn(&str) -> Database,
}

const SQL: [Sql; 8] = [
    Sql {
        name: "mariadb-sqlx-08",
        set_up: mariadb::set_up,
        open: mariadb::sqlx_08,
    },
    Sql {
        name: "mariadb-sqlx-09",
        set_up: mariadb::set_up,
        open: mariadb::sqlx_09,
    },
    Sql {
        name: "postgres-deadpool-014",
        set_up: postgres::set_up,
        open: postgres::deadpool,
    },
    Sql {
        name: "postgres-sqlx-08",
        set_up: postgres::set_up,
        open: postgres::sqlx_08,
    },
    Sql {
        name: "postgres-sqlx-09",
        set_up: postgres::set_up,
        open: postgres::sqlx_09,
    },
    Sql {
        name: "sqlite-deadpool-09",
        set_up: sqlite::set_up,
        open: sqlite::deadpool,
    },
    Sql {
        name: "sqlite-sqlx-08",
        set_up: sqlite::set_up,
        open: sqlite::sqlx_08,
    },
    Sql {
        name: "sqlite-sqlx-09",
        set_up: sqlite::set_up,
        open: sqlite::sqlx_09,
    },
];

impl Kind {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let sql = const { &SQL }.iter().map(Self::Sql);
        sql.chain([Self::Redis, Self::Cluster])
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sql(sql) => sql.name,
            Self::Redis => "redis",
            Self::Cluster => "redis-cluster",
        }
    }

    pub(crate) fn set_up(self) -> Stage {
        match self {
            Self::Sql(sql) => (sql.set_up)(),
            Self::Redis => redis::set_up(),
            Self::Cluster => redis::set_up_cluster(),
        }
    }

    /// A node that keeps its grants at the end of that way. To be called within a runtime.
    pub(crate) async fn furnish(self, node: Builder, way: &str) -> Builder {
        match self {
            Self::Sql(sql) => node.store(SqlStore::new((sql.open)(way))),
            Self::Redis => node.store(redis::open(way).await),
            Self::Cluster => node.store(redis::open_cluster(way).await),
        }
    }

    /// The store at the end of that way, to look into it.
    pub(crate) async fn open(self, way: &str) -> Arc<dyn GrantStore> {
        match self {
            Self::Sql(sql) => Arc::new(SqlStore::new((sql.open)(way))),
            Self::Redis => Arc::new(redis::open(way).await),
            Self::Cluster => Arc::new(redis::open_cluster(way).await),
        }
    }
}
