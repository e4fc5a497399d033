use std::fmt;

use async_trait::async_trait;
use sqlx::PgPool;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Clock, GrantDirectory, GrantStore, NewRow, PageRequest, PollRecord, Polled, PortError,
    Replacement, Row,
};
use crate::sql::postgres::{DIALECT, Database};
use crate::sql::{Grants, InvalidTablePrefix};

/// Grants in a PostgreSQL database (14 or newer), for any number of nodes.
///
/// It uses the pool that the host has. Every operation is one statement, and with it one round trip. A pool asks
/// its connections for a sign of life before it lends them, which is another one:
/// [`test_before_acquire(false)`](sqlx::pool::PoolOptions::test_before_acquire) saves it.
///
/// # What is guaranteed
///
/// An acknowledged insertion, decision or commit of tokens is as durable as the host's `synchronous_commit` and
/// `fsync` make every commit: at their defaults it survives a crash of the server, and with a synchronous standby
/// the loss of the primary. After a failover to an asynchronous standby the last decisions may be lost, tokens
/// that were delivered among them, which can then be issued again. Polls are not waited for: after a crash a
/// device may poll once too early. Connect to the primary, never to a replica. Any default isolation will do.
///
/// ```no_run
/// use device_grant::store::PostgresStore;
/// use sqlx::postgres::PgPoolOptions;
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = PgPoolOptions::new()
///     .test_before_acquire(false)
///     .connect("postgres://as@db.example/as")
///     .await?;
/// let store = PostgresStore::new(pool);
/// store.migrate().await?;
/// store.check().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    grants: Grants<Database>,
}

impl PostgresStore {
    /// A store in the database of this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            grants: Grants::new(Database::new(pool), &DIALECT),
        }
    }

    /// Tells the time by this clock, for tests. Default: the clock of the database server.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.grants = self.grants.with_clock(clock);
        self
    }

    /// Sets the prefix of the names of its tables. Default: `device_`. Schemas are chosen by the `search_path`.
    ///
    /// # Errors
    ///
    /// [`InvalidTablePrefix`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        self.grants = self.grants.with_prefix(prefix)?;
        Ok(self)
    }

    /// Creates its tables, or brings them to the newest version. Several nodes may do this at once.
    ///
    /// Nothing else creates them. To apply the files of `migrations/postgres` by other means does as well.
    ///
    /// # Errors
    ///
    /// [`PortError`], and nothing has changed.
    pub async fn migrate(&self) -> Result<(), PortError> {
        Ok(self.grants.driver().migrate(self.grants.prefix()).await?)
    }

    /// Checks that it can do its work: the tables are there in the right version, and can be written to.
    ///
    /// To be called when the host starts; without it the first request finds out.
    ///
    /// # Errors
    ///
    /// [`PortError`], whose source says what to do.
    pub async fn check(&self) -> Result<(), PortError> {
        Ok(self.grants.driver().check(self.grants.prefix()).await?)
    }
}

#[async_trait]
impl GrantStore for PostgresStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.grants.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.grants.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.grants.find_by_user_code(codes).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.grants.replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Polled>, PortError> {
        self.grants.record_poll(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.grants.time().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.grants.purge(limit).await
    }
}

#[async_trait]
impl GrantDirectory for PostgresStore {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        self.grants.list(page).await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("prefix", self.grants.prefix())
            .finish_non_exhaustive()
    }
}
