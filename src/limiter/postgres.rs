use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{PgPool, Row, SqlStr};

use crate::host::{Charge, Charged, Clock, Debit, Limiter, PortError};
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
    /// The server's, if there is none.
    clock: Option<Arc<dyn Clock>>,
    prefix: TablePrefix,
    charge: SqlStr,
    purge: SqlStr,
    missing: SqlStr,
}

const CHARGE: &str = "SELECT refused, retry_after FROM device_charge($1, $2, $3, $4, $5)";

const PURGE: &str = "WITH paid AS MATERIALIZED (
        SELECT key FROM device_limits
        WHERE owed_until <= COALESCE($1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM device_limits AS l USING paid WHERE l.key = paid.key";

/// A line for each right that this role lacks.
const MISSING: &str = "SELECT concat_ws(E'\\n',
    CASE WHEN NOT (SELECT bool_and(has_table_privilege(t, r)) FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS r)
        THEN format(
            'this role may not read and write limits: GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', t, current_user
        ) END,
    CASE WHEN NOT has_function_privilege(f, 'EXECUTE')
        THEN format('this role may not charge limits: GRANT EXECUTE ON FUNCTION %s TO %I', f, current_user) END)
    FROM (SELECT 'device_limits'::regclass AS t,
        'device_charge(bytea[],bigint[],bigint[],smallint[],bigint)'::regprocedure AS f) AS ours";

impl PostgresLimiter {
    /// A limiter in the database of this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self::with(Arc::new(Database::new(pool)), TablePrefix::default(), None)
    }

    /// Sets the clock that limits go by, for tests. Default: that of the server, which all nodes share.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the beginning of the names of its tables, the same as of [`PostgresStore`](crate::store::PostgresStore)
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
    /// [`PortError`], and nothing has changed.
    pub async fn migrate(&self) -> Result<(), PortError> {
        Ok(self.database.migrate(&self.prefix).await?)
    }

    /// Checks that it can do its work: the tables have the right version, and this role may use the table of the
    /// limits and execute the function that charges them. It charges nothing and leaves nothing behind.
    ///
    /// # Errors
    ///
    /// [`PortError`], whose source has a line for each finding, with the statement to run.
    pub async fn check(&self) -> Result<(), PortError> {
        self.database.check_version(&self.prefix).await?;
        let missing = self
            .database
            .fetch(|| sqlx::query(self.missing.clone()))
            .await?;
        let missing = missing.first().map(|row| row.try_get::<String, _>(0));
        let missing = missing.transpose().map_err(PostgresError::from)?;
        if let Some(missing) = missing.filter(|missing| !missing.is_empty()) {
            return Err(PostgresError::MayNotLimit(missing).into());
        }
        self.database.fetch(|| self.charging(&[])).await?;
        Ok(())
    }

    fn with(database: Arc<Database>, prefix: TablePrefix, clock: Option<Arc<dyn Clock>>) -> Self {
        Self {
            database,
            clock,
            charge: prefix.apply(CHARGE),
            purge: prefix.apply(PURGE),
            missing: prefix.apply(MISSING),
            prefix,
        }
    }

    fn charging(&self, charges: &[Charge]) -> PgQuery {
        let each = |fact: fn(&Charge) -> Duration| -> Vec<i64> {
            charges.iter().map(|charge| micros(fact(charge))).collect()
        };
        let keys: Vec<Vec<u8>> = charges
            .iter()
            .map(|charge| charge.key.as_str().as_bytes().to_vec())
            .collect();
        let debits: Vec<i16> = charges.iter().map(|charge| debit(charge.debit)).collect();
        sqlx::query(self.charge.clone())
            .bind(keys)
            .bind(each(|charge| charge.quota.unit()))
            .bind(each(|charge| charge.quota.period()))
            .bind(debits)
            .bind(self.now())
    }

    /// The time to go by, unless it is the server's.
    fn now(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock.now().as_micros())
    }
}

#[async_trait]
impl Limiter for PostgresLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if charges.is_empty() {
            return Ok(Charged::Allowed);
        }
        let rows = self.database.fetch(|| self.charging(charges)).await?;
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

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let query = || {
            sqlx::query(self.purge.clone())
                .bind(self.now())
                .bind(i64::from(limit))
        };
        Ok(self.database.execute(query).await?)
    }
}

impl fmt::Debug for PostgresLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLimiter")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn debit(debit: Debit) -> i16 {
    match debit {
        Debit::Take => 0,
        Debit::GiveBack => 1,
    }
}
