use std::fmt;

use async_trait::async_trait;
use sqlx::SqlitePool;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Clock, GrantDirectory, GrantStore, NewRow, PageRequest, PollRecord, Polled, PortError,
    Replacement, Row, System,
};
use crate::sql::sqlite::{DIALECT, Database};
use crate::sql::{Grants, InvalidTablePrefix};

/// Grants in a SQLite database, for one process or several on one machine.
///
/// It reads through the pool that the host has, and writes on one connection of its own with the same settings:
/// SQLite has one writer at a time, and before one connection writers queue instead of finding each other's lock.
///
/// # What is guaranteed
///
/// An acknowledged insertion, decision or commit of tokens is on the disk before it is acknowledged, whatever
/// the pool's `synchronous` is: a loss of power cannot undo it. Polls are not waited for; after a loss of power a
/// device may poll once too early. The database has to be in WAL mode and on a local disk.
///
/// ```
/// use device_grant::store::SqliteStore;
/// use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempdir();
/// # let path = folder.join("grants.sqlite");
/// let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
/// let pool = SqlitePoolOptions::new().connect_with(options).await?;
/// let store = SqliteStore::new(pool);
/// store.migrate().await?;
/// store.check().await?;
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # fn tempdir() -> std::path::PathBuf {
/// #     let folder = std::env::temp_dir().join(format!("device-grant-doc-{}", std::process::id()));
/// #     std::fs::create_dir_all(&folder).unwrap();
/// #     folder
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    grants: Grants<Database>,
}

impl SqliteStore {
    /// A store in the database of this pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self {
            grants: Grants::new(Database::new(pool), &DIALECT).with_clock(System),
        }
    }

    /// Tells the time by this clock, for tests. Default: [`System`], as no other machine has the file.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.grants = self.grants.with_clock(clock);
        self
    }

    /// Sets the prefix of the names of its tables. Default: `device_`.
    ///
    /// # Errors
    ///
    /// [`InvalidTablePrefix`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        self.grants = self.grants.with_prefix(prefix)?;
        Ok(self)
    }

    /// Creates its tables, or brings them to the newest version, and puts the database in WAL mode.
    ///
    /// Nothing else creates them. To apply the files of `migrations/sqlite` by other means does as well.
    ///
    /// # Errors
    ///
    /// [`PortError`], and nothing has changed but the journal mode.
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
impl GrantStore for SqliteStore {
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
impl GrantDirectory for SqliteStore {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        self.grants.list(page).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("prefix", self.grants.prefix())
            .finish_non_exhaustive()
    }
}
