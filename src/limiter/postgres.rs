use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{PgPool, Row, SqlStr};

use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debit, Limiter, LimiterError};
use crate::sql::postgres::{Database, PgQuery, PostgresError};
use crate::sql::{InvalidTablePrefix, TablePrefix};

/// Limits in a PostgreSQL database (14 or newer), shared by all nodes that use it. A charge is one round trip.
///
/// After a crash of the server the charges of its last moment may be forgotten: no commit waits for the log,
/// because those of the whole server wait for each other.
///
/// ```no_run
/// use device_grant::limiter::PostgresLimiter;
/// use sqlx::PgPool;
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let limiter = PostgresLimiter::new(PgPool::connect("postgres://as@db.example/as").await?);
/// limiter.migrate().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresLimiter {
    database: Arc<Database>,
    prefix: TablePrefix,
    charge: SqlStr,
    purge: SqlStr,
}

const CHARGE: &str = "SELECT refused, retry_after FROM device_charge($1, $2, $3, $4, $5, $6)";

const PURGE: &str = "WITH paid AS MATERIALIZED (
        SELECT key FROM device_limits WHERE owed_until <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM device_limits AS l USING paid WHERE l.key = paid.key";

impl PostgresLimiter {
    /// A limiter in the database of this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self::with(Arc::new(Database::new(pool)), TablePrefix::default())
    }

    /// What the names of its tables begin with, the same as of [`PostgresStore`](crate::store::PostgresStore)
    /// if it shares the database. Default: `device_`.
    ///
    /// # Errors
    ///
    /// [`InvalidTablePrefix`] unless it is 1 to 40 lower-case letters, digits and underscores.
    pub fn table_prefix(self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        Ok(Self::with(self.database, TablePrefix::parse(prefix)?))
    }

    /// Creates the tables, or brings them to the newest version; those of the store are among them.
    ///
    /// # Errors
    ///
    /// [`LimiterError`], and nothing has changed.
    pub async fn migrate(&self) -> Result<(), LimiterError> {
        Ok(self.database.migrate(&self.prefix).await?)
    }

    /// Whether it can do its work: the tables are there in the right version, and can be written to.
    ///
    /// # Errors
    ///
    /// [`LimiterError`], whose source says what to do.
    pub async fn check(&self) -> Result<(), LimiterError> {
        Ok(self.database.check(&self.prefix).await?)
    }

    /// Deletes up to `limit` keys that owe nothing any more; returns how many. For the table to keep its size,
    /// to be called now and then, as [`DeviceGrants::purge`](crate::DeviceGrants::purge) is.
    ///
    /// # Errors
    ///
    /// [`LimiterError`] when it cannot; some may have been deleted.
    pub async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, LimiterError> {
        let query = || {
            sqlx::query(self.purge.clone())
                .bind(now.as_micros())
                .bind(i64::from(limit))
        };
        Ok(self.database.execute(query).await?)
    }

    fn with(database: Arc<Database>, prefix: TablePrefix) -> Self {
        Self {
            database,
            charge: prefix.apply(CHARGE),
            purge: prefix.apply(PURGE),
            prefix,
        }
    }

    fn charging(&self, charges: &[Charge], now: Timestamp) -> PgQuery {
        let each = |fact: fn(&Charge, Timestamp) -> i64| -> Vec<i64> {
            charges.iter().map(|charge| fact(charge, now)).collect()
        };
        let keys: Vec<Vec<u8>> = charges
            .iter()
            .map(|charge| charge.key.as_str().as_bytes().to_vec())
            .collect();
        let debits: Vec<i16> = charges.iter().map(|charge| debit(charge.debit)).collect();
        sqlx::query(self.charge.clone())
            .bind(keys)
            .bind(each(|charge, _| unit(charge).as_micros()))
            .bind(each(|charge, now| allowed(charge, now).as_micros()))
            .bind(each(|charge, now| {
                (now + charge.quota.period() * 2).as_micros()
            }))
            .bind(debits)
            .bind(now.as_micros())
    }
}

#[async_trait]
impl Limiter for PostgresLimiter {
    async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<Charged, LimiterError> {
        if charges.is_empty() {
            return Ok(Charged::Allowed);
        }
        let rows = self.database.fetch(|| self.charging(charges, now)).await?;
        let refusal = rows.first().map(|row| {
            let refused = row.try_get::<Option<i32>, _>(0)?;
            Ok::<_, sqlx::Error>((refused, row.try_get::<Option<i64>, _>(1)?))
        });
        match refusal.transpose().map_err(PostgresError::from)? {
            Some((Some(index), Some(micros))) => Ok(Charged::Limited {
                index: usize::try_from(index).unwrap_or_default(),
                retry_after: Duration::from_micros(u64::try_from(micros).unwrap_or_default()),
            }),
            Some(_) | None => Ok(Charged::Allowed),
        }
    }
}

impl fmt::Debug for PostgresLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLimiter")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

const EPOCH: Timestamp = Timestamp::from_micros(0);

/// In which time one unit becomes available, as a time after the epoch: what one who owes nothing then owes.
fn unit(charge: &Charge) -> Timestamp {
    EPOCH + charge.quota.unit()
}

/// Until when the quota lets anybody owe.
fn allowed(charge: &Charge, now: Timestamp) -> Timestamp {
    now + unit(charge).duration_until(EPOCH) * charge.quota.burst()
}

fn debit(debit: Debit) -> i16 {
    match debit {
        Debit::Take => 0,
        Debit::GiveBack => 1,
    }
}
