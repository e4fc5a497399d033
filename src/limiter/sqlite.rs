use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqlStr, SqliteConnection, SqlitePool};

use super::judge::judge;
use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Clock, Debt, LimitKey, Limiter, PortError, System};
use crate::sql::sqlite::{Database, Durability, SqliteError};
use crate::sql::{InvalidTablePrefix, TablePrefix};

/// Limits in a SQLite database, shared by all processes that use it.
///
/// It writes on one connection of its own, with the settings of the pool. After a loss of power the charges of the
/// last moment may be forgotten.
///
/// ```
/// use device_grant::limiter::SqliteLimiter;
/// use sqlx::SqlitePool;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let limiter = SqliteLimiter::new(SqlitePool::connect("sqlite::memory:").await?);
/// limiter.migrate().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteLimiter {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    prefix: TablePrefix,
    read: SqlStr,
    write: SqlStr,
    forget: SqlStr,
    purge: SqlStr,
}

const READ: &str = "SELECT owed_until, period FROM device_limits WHERE key = ?1";

const WRITE: &str = "INSERT INTO device_limits (key, owed_until, period) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET owed_until = excluded.owed_until, period = excluded.period";

const FORGET: &str = "DELETE FROM device_limits WHERE key = ?1";

const PURGE: &str = "DELETE FROM device_limits
    WHERE key IN (SELECT key FROM device_limits WHERE owed_until <= ?1 LIMIT ?2)";

impl SqliteLimiter {
    /// A limiter in the database of this pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        let database = Arc::new(Database::new(pool));
        Self::with(database, TablePrefix::default(), Arc::new(System))
    }

    /// Sets the clock that limits go by. Default: the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the beginning of the names of its tables, the same as of [`SqliteStore`](crate::store::SqliteStore)
    /// if it shares the database. Default: `device_`.
    ///
    /// # Errors
    ///
    /// [`InvalidTablePrefix`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn table_prefix(self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        let prefix = TablePrefix::parse(prefix)?;
        Ok(Self::with(self.database, prefix, self.clock))
    }

    /// Creates the tables, or brings them to the newest version; those of the store are among them.
    ///
    /// # Errors
    ///
    /// [`PortError`], and nothing has changed but the journal mode.
    pub async fn migrate(&self) -> Result<(), PortError> {
        Ok(self.database.migrate(&self.prefix).await?)
    }

    /// Checks that it can do its work: the tables are there in the right version, and can be written to.
    ///
    /// # Errors
    ///
    /// [`PortError`], whose source says what to do.
    pub async fn check(&self) -> Result<(), PortError> {
        Ok(self.database.check(&self.prefix).await?)
    }

    fn with(database: Arc<Database>, prefix: TablePrefix, clock: Arc<dyn Clock>) -> Self {
        Self {
            database,
            clock,
            read: prefix.apply(READ),
            write: prefix.apply(WRITE),
            forget: prefix.apply(FORGET),
            purge: prefix.apply(PURGE),
            prefix,
        }
    }

    async fn charge_on(
        &self,
        connection: &mut SqliteConnection,
        charges: &[Charge],
    ) -> Result<Charged, sqlx::Error> {
        let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
        let now = self.clock.now();
        let mut stored: HashMap<&LimitKey, Debt> = HashMap::new();
        for charge in charges {
            let query = sqlx::query(self.read.clone()).bind(charge.key.as_str().to_owned());
            if let Some(row) = query.fetch_all(&mut *all).await?.first() {
                stored.insert(&charge.key, debt(row)?);
            }
        }
        let debited = match judge(charges, now, |key| stored.get(key).copied()) {
            Ok(debited) => debited,
            Err(limited) => {
                all.rollback().await?;
                return Ok(limited);
            }
        };
        for (key, debt) in debited {
            let name = key.as_str().to_owned();
            let query = if debt.owed_until > now {
                sqlx::query(self.write.clone())
                    .bind(name)
                    .bind(debt.owed_until.as_micros())
                    .bind(i64::try_from(debt.period.as_micros()).unwrap_or(i64::MAX))
            } else if stored.contains_key(key) {
                sqlx::query(self.forget.clone()).bind(name)
            } else {
                continue;
            };
            query.execute(&mut *all).await?;
        }
        all.commit().await?;
        Ok(Charged::Allowed)
    }
}

#[async_trait]
impl Limiter for SqliteLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        let charged: Result<Charged, SqliteError> = async {
            let mut writer = self.database.writer().await?;
            let connection = writer.connection(Durability::System).await?;
            let charged = self.charge_on(connection, charges).await;
            writer.checked(charged)
        }
        .await;
        Ok(charged?)
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let query = sqlx::query(self.purge.clone())
            .bind(self.clock.now().as_micros())
            .bind(i64::from(limit));
        Ok(self.database.execute(query, Durability::System).await?)
    }
}

fn debt(row: &SqliteRow) -> Result<Debt, sqlx::Error> {
    let period: i64 = row.try_get(1)?;
    Ok(Debt {
        owed_until: Timestamp::from_micros(row.try_get(0)?),
        period: Duration::from_micros(period.unsigned_abs()),
    })
}

impl fmt::Debug for SqliteLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLimiter")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
