use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::SqlitePool;

use self::row::{read, read_all};
use self::statements::Statements;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Grant, Holder, Pacing, Revision, State, Stored, Timestamp};
use crate::host::{
    Cursor, GrantDirectory, GrantStore, GrantsOf, Insertion, Polled, Replaced, StoreError,
};
use crate::sql::sqlite::{Database, Durability, SqliteError};
use crate::sql::{InvalidTablePrefix, TablePrefix, list_from};

mod row;
mod statements;

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
    database: Arc<Database>,
    prefix: TablePrefix,
    statements: Arc<Statements>,
}

/// How often a poll is repeated that was neither paced nor found anything to say why not.
const TRIES: usize = 3;

impl SqliteStore {
    /// A store in the database of this pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        let prefix = TablePrefix::default();
        Self {
            database: Arc::new(Database::new(pool)),
            statements: Arc::new(Statements::new(&prefix)),
            prefix,
        }
    }

    /// What the names of its tables begin with. Default: `device_`.
    ///
    /// # Errors
    ///
    /// [`InvalidTablePrefix`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        self.prefix = TablePrefix::parse(prefix)?;
        self.statements = Arc::new(Statements::new(&self.prefix));
        Ok(self)
    }

    /// Creates its tables, or brings them to the newest version, and puts the database in WAL mode.
    ///
    /// Nothing else creates them. To apply the files of `migrations/sqlite` by other means does as well.
    ///
    /// # Errors
    ///
    /// [`StoreError`], and nothing has changed but the journal mode.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        Ok(self.database.migrate(&self.prefix).await?)
    }

    /// Whether it can do its work: the tables are there in the right version, and can be written to.
    ///
    /// To be called when the host starts; without it the first request finds out.
    ///
    /// # Errors
    ///
    /// [`StoreError`], whose source says what to do.
    pub async fn check(&self) -> Result<(), StoreError> {
        Ok(self.database.check(&self.prefix).await?)
    }

    async fn poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, SqliteError> {
        let challenge = holder
            .pkce_challenge
            .map(|challenge| challenge.as_bytes().to_vec());
        let query = sqlx::query(self.statements.poll.clone())
            .bind(id.as_bytes().to_vec())
            .bind(now.as_micros())
            .bind(micros(pacing.set_back().saturating_sub(Pacing::TWIN)))
            .bind(micros(pacing.set_back()))
            .bind(holder.client_id.as_str().to_owned())
            .bind(holder.key_thumbprint.map(|key| key.as_bytes().to_vec()))
            .bind(challenge)
            .bind(i64::from(Grant::RECORD_VERSION));
        let rows = self.database.write(query, Durability::System).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let paced = row::paced(row)?;
        Ok(Some(Polled::new(read(row)?, paced)))
    }
}

#[async_trait]
impl GrantStore for SqliteStore {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        let columns = new.grant.columns();
        let holder = columns.holder;
        let challenge = holder
            .pkce_challenge
            .map(|challenge| challenge.as_bytes().to_vec());
        let query = sqlx::query(self.statements.insert.clone())
            .bind(columns.id.as_bytes().to_vec())
            .bind(columns.user_code.map(|code| code.as_bytes().to_vec()))
            .bind(holder.client_id.as_str().to_owned())
            .bind(holder.key_thumbprint.map(|key| key.as_bytes().to_vec()))
            .bind(challenge)
            .bind(columns.issued_at.as_micros())
            .bind(columns.expires_at.as_micros())
            .bind(columns.forget_at.as_micros())
            .bind(i64::from(columns.interval))
            .bind(is_pending(&new.grant))
            .bind(new.revision.as_u64().cast_signed())
            .bind(i64::from(Grant::RECORD_VERSION))
            .bind(row::record(&new.grant)?)
            .bind(subject(&new.grant));
        let inserted = self.database.execute(query, Durability::Disk).await?;
        Ok(if inserted == 1 {
            Insertion::Inserted
        } else {
            Insertion::Taken
        })
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        let query = sqlx::query(self.statements.find.clone()).bind(id.as_bytes().to_vec());
        let rows = self.database.read(query).await?;
        Ok(rows.first().map(read).transpose()?)
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        let mut query = sqlx::query(self.statements.find_by_user_code(codes.len()));
        for code in codes {
            query = query.bind(code.as_bytes().to_vec());
        }
        Ok(read_all(&self.database.read(query).await?)?)
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        let query = sqlx::query(self.statements.replace.clone())
            .bind(next.grant.id().as_bytes().to_vec())
            .bind(expected.as_u64().cast_signed())
            .bind(is_pending(&next.grant))
            .bind(next.revision.as_u64().cast_signed())
            .bind(i64::from(Grant::RECORD_VERSION))
            .bind(row::record(&next.grant)?)
            .bind(subject(&next.grant));
        let replaced = self.database.execute(query, Durability::Disk).await?;
        Ok(if replaced == 1 {
            Replaced::Won
        } else {
            Replaced::Lost
        })
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        for _ in 0..TRIES {
            let polled = self.poll(id, holder, now, pacing).await?;
            // Not there for the first statement, and inserted before the second.
            let was_missed =
                |polled: &Polled| polled.paced.is_none() && polled.grant().is_paced(holder, now);
            if !polled.as_ref().is_some_and(was_missed) {
                return Ok(polled);
            }
        }
        Err(StoreError::broken("a grant that is to be paced is not"))
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let query = sqlx::query(self.statements.purge.clone())
            .bind(now.as_micros())
            .bind(i64::from(limit));
        Ok(self.database.execute(query, Durability::System).await?)
    }
}

#[async_trait]
impl GrantDirectory for SqliteStore {
    async fn list(
        &self,
        of: &GrantsOf,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let (statement, whose) = match of {
            GrantsOf::Subject(subject) => (&self.statements.list_of_subject, subject.as_str()),
            GrantsOf::Client(client) => (&self.statements.list_of_client, client.as_str()),
        };
        let (issued_at, id) = list_from(after);
        let query = sqlx::query(statement.clone())
            .bind(whose.to_owned())
            .bind(issued_at.as_micros())
            .bind(id.to_vec())
            .bind(i64::from(limit));
        Ok(read_all(&self.database.read(query).await?)?)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Whose grant it is.
fn subject(grant: &Grant) -> Option<String> {
    let subject = grant.state().subject();
    subject.map(|subject| subject.as_str().to_owned())
}

fn is_pending(grant: &Grant) -> bool {
    matches!(grant.state(), State::Pending { .. })
}

fn micros(duration: Duration) -> i64 {
    (Timestamp::from_micros(0) + duration).as_micros()
}
