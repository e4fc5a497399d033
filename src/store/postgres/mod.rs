use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;

use self::statements::Statements;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Grant, Holder, Pacing, Revision, State, Stored, Timestamp};
use crate::host::{
    Cursor, GrantDirectory, GrantStore, GrantsOf, Insertion, Polled, Replaced, StoreError,
};
use crate::sql::postgres::{Database, PgQuery, PgUuid, PostgresError};
use crate::sql::{InvalidTablePrefix, TablePrefix, list_from};

mod row;
mod statements;

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
    database: Arc<Database>,
    prefix: TablePrefix,
    statements: Arc<Statements>,
}

impl PostgresStore {
    /// A store in the database of this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let prefix = TablePrefix::default();
        Self {
            database: Arc::new(Database::new(pool)),
            statements: Arc::new(Statements::new(&prefix)),
            prefix,
        }
    }

    /// What the names of its tables begin with. Default: `device_`. Schemas are chosen by the `search_path`.
    ///
    /// # Errors
    ///
    /// [`InvalidTablePrefix`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        self.prefix = TablePrefix::parse(prefix)?;
        self.statements = Arc::new(Statements::new(&self.prefix));
        Ok(self)
    }

    /// Creates its tables, or brings them to the newest version. Several nodes may do this at once.
    ///
    /// Nothing else creates them. To apply the files of `migrations/postgres` by other means does as well.
    ///
    /// # Errors
    ///
    /// [`StoreError`], and nothing has changed.
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

    fn insertion(&self, new: &Stored) -> PgQuery {
        let columns = new.grant.columns();
        let code = columns
            .user_code
            .map(|code| PgUuid::halves(code.as_bytes()));
        bind_holder(
            sqlx::query(self.statements.insert.clone())
                .bind(PgUuid(*columns.id.as_bytes()))
                .bind(code.map(|(head, _)| head))
                .bind(code.map(|(_, tail)| tail)),
            &columns.holder,
        )
        .bind(columns.issued_at.as_micros())
        .bind(columns.expires_at.as_micros())
        .bind(columns.forget_at.as_micros())
        .bind(i64::from(columns.interval))
        .bind(is_pending(&new.grant))
        .bind(new.revision.as_u64().cast_signed())
        .bind(RECORD_VERSION)
        .bind(new.grant.to_record_beside_columns())
        .bind(subject(&new.grant))
    }

    fn replacement(&self, expected: Revision, next: &Stored) -> PgQuery {
        sqlx::query(self.statements.replace.clone())
            .bind(PgUuid(*next.grant.id().as_bytes()))
            .bind(expected.as_u64().cast_signed())
            .bind(is_pending(&next.grant))
            .bind(next.revision.as_u64().cast_signed())
            .bind(RECORD_VERSION)
            .bind(next.grant.to_record_beside_columns())
            .bind(subject(&next.grant))
    }

    fn poll(&self, id: &GrantId, holder: &Holder, now: Timestamp, pacing: &Pacing) -> PgQuery {
        let skew = pacing.set_back().saturating_sub(Pacing::TWIN);
        let query = sqlx::query(self.statements.poll.clone())
            .bind(PgUuid(*id.as_bytes()))
            .bind(now.as_micros())
            .bind(micros(skew))
            .bind(micros(pacing.set_back()));
        bind_holder(query, holder).bind(RECORD_VERSION)
    }
}

#[async_trait]
impl GrantStore for PostgresStore {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        match self.database.execute(|| self.insertion(new)).await? {
            0 => Ok(Insertion::Taken),
            _ => Ok(Insertion::Inserted),
        }
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        let query = || sqlx::query(self.statements.find.clone()).bind(PgUuid(*id.as_bytes()));
        let rows = self.database.fetch(query).await?;
        Ok(rows.first().map(row::read).transpose()?)
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        let halves = codes.iter().map(|code| PgUuid::halves(code.as_bytes()));
        let (heads, tails): (Vec<_>, Vec<_>) = halves.unzip();
        let query = || {
            sqlx::query(self.statements.find_by_user_code.clone())
                .bind(heads.clone())
                .bind(tails.clone())
        };
        let rows = self.database.fetch(query).await?;
        let found: Result<_, PostgresError> = rows.iter().map(row::read).collect();
        Ok(found?)
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        match self
            .database
            .execute(|| self.replacement(expected, next))
            .await?
        {
            0 => Ok(Replaced::Lost),
            _ => Ok(Replaced::Won),
        }
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        let rows = self
            .database
            .fetch(|| self.poll(id, holder, now, pacing))
            .await?;
        let polled = rows
            .first()
            .map(|row| Ok::<_, PostgresError>(Polled::new(row::read(row)?, row::paced(row)?)));
        Ok(polled.transpose()?)
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let query = || {
            sqlx::query(self.statements.purge.clone())
                .bind(now.as_micros())
                .bind(i64::from(limit))
        };
        Ok(self.database.execute(query).await?)
    }
}

#[async_trait]
impl GrantDirectory for PostgresStore {
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
        let query = || {
            sqlx::query(statement.clone())
                .bind(whose.as_bytes().to_vec())
                .bind(issued_at.as_micros())
                .bind(PgUuid(id))
                .bind(i64::from(limit))
        };
        let rows = self.database.fetch(query).await?;
        let listed: Result<_, PostgresError> = rows.iter().map(row::read).collect();
        Ok(listed?)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

const RECORD_VERSION: i16 = Grant::RECORD_VERSION.cast_signed();

fn bind_holder(query: PgQuery, holder: &Holder) -> PgQuery {
    query
        .bind(holder.client_id.as_str().as_bytes().to_vec())
        .bind(holder.key_thumbprint.map(|key| *key.as_bytes()))
        .bind(holder.pkce_challenge.map(|challenge| *challenge.as_bytes()))
}

/// Whose grant it is, as UTF-8.
fn subject(grant: &Grant) -> Option<Vec<u8>> {
    let subject = grant.state().subject();
    subject.map(|subject| subject.as_str().as_bytes().to_vec())
}

fn is_pending(grant: &Grant) -> bool {
    matches!(grant.state(), State::Pending { .. })
}

fn micros(duration: Duration) -> i64 {
    (Timestamp::from_micros(0) + duration).as_micros()
}
