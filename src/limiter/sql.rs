use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use crate::host::{Charge, Charged, Clock, Limiter, PortError};
use crate::sql::refusal;
use crate::sql::{
    Charging, Database, Effect, Finding, Purging, SqlError, Template, UnreadableColumn, Value,
};

use super::sql_here::Here;

/// A limiter in an SQL database, shared by all nodes.
///
/// Charging is one round trip; in SQLite it takes two statements. The clock of the database server decides. A crash
/// of the server may lose the last charges, because their commits do not wait for the disk.
///
/// ```no_run
/// use device_grant::limiter::SqlLimiter;
/// use device_grant::sql::Database;
///
/// # async fn start(pool: impl Into<Database>) -> Result<(), Box<dyn std::error::Error>> {
/// let limiter = SqlLimiter::new(pool);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqlLimiter {
    database: Database,
    /// The clock of a test; `None` for that of the database.
    clock: Option<Arc<dyn Clock>>,
    judge: Judge,
    purge: Purging,
}

/// The place in which charges are judged.
#[derive(Clone)]
enum Judge {
    /// In the database, by this statement.
    There(Template),
    /// In this process.
    Here(Arc<Here>),
}

impl SqlLimiter {
    /// A limiter in this database.
    #[must_use]
    pub fn new(database: impl Into<Database>) -> Self {
        let database = database.into();
        let limits = &database.engine().limits;
        let judge = match &limits.charge {
            Charging::There(charge) => Judge::There(database.template(charge, Effect::Writes)),
            Charging::Here {
                read,
                write,
                forget,
            } => Judge::Here(Arc::new(Here::new(&database, read, write, forget))),
        };
        Self {
            purge: database.purging(&limits.purge),
            database,
            clock: None,
            judge,
        }
    }

    /// Sets the clock, for tests. Default: the clock of the database server, which all nodes share, or for
    /// SQLite that of the machine.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    async fn charge_all(&self, charges: &[Charge]) -> Result<Charged, SqlError> {
        match &self.judge {
            Judge::There(charge) => {
                let list = json_of(charges);
                let values = || vec![self.now(), Value::Bytes(Some(list.clone()))];
                let rows = self.database.query(|| charge.with(values())).await?;
                // A driver that loses the row must not switch the limits off.
                let refused = refusal(rows.first().map_or(&[], Vec::as_slice));
                let refused = refused.map_err(|error| unreadable(&self.database, error))?;
                Ok(match refused {
                    Some((index, retry_after)) => Charged::limited(index, retry_after),
                    None => Charged::Allowed,
                })
            }
            Judge::Here(here) => here.charge(&self.database, charges, || self.now()).await,
        }
    }

    /// The time of a test's clock, or nothing for that of the database.
    fn now(&self) -> Value {
        Value::Integer(self.clock.as_ref().map(|clock| clock.now().as_micros()))
    }
}

#[async_trait]
impl Limiter for SqlLimiter {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if charges.is_empty() {
            return Ok(Charged::Allowed);
        }
        Ok(self.charge_all(charges).await?)
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let purged = self.database.purge(&self.purge, limit, || self.now());
        Ok(purged.await?)
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        let checks = self.database.engine().schema.limiter_checks;
        let advice = self.database.check(checks).await?;
        // Not `charge`, which answers an empty list without the database: this call finds missing tables and rights.
        let _ = self.charge_all(&[]).await?;
        Ok(advice)
    }
}

impl fmt::Debug for SqlLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlLimiter")
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

pub(super) fn unreadable(database: &Database, error: UnreadableColumn) -> SqlError {
    database.error(Finding::Column(error))
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The charges as the function in the database takes them.
fn json_of(charges: &[Charge]) -> Vec<u8> {
    let charge = |charge: &Charge| {
        let gives_back = u8::from(charge.gives_back);
        json!([
            charge.key.as_str(),
            micros(charge.quota.unit()),
            micros(charge.quota.period()),
            gives_back
        ])
    };
    let charges: serde_json::Value = charges.iter().map(charge).collect();
    charges.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{LimitKey, Quota};
    use crate::sql::{Driver, DriverError, Statement};
    use crate::testing::{Ran, block_on};

    /// A driver that returns these rows for every statement.
    struct Returns(Vec<Vec<Value>>);

    #[async_trait]
    impl Driver for Returns {
        async fn query(&self, _: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
            Ok(self.0.clone())
        }

        async fn execute(&self, _: Statement) -> Result<u64, DriverError> {
            Ok(0)
        }

        async fn script(&self, _: &str) -> Result<(), DriverError> {
            Ok(())
        }
    }

    fn charged(rows: &[[Option<i64>; 2]]) -> Ran<Result<Charged, PortError>> {
        let rows = rows.iter().map(|row| row.map(Value::Integer).to_vec());
        let limiter = SqlLimiter::new(Database::postgres(Returns(rows.collect())));
        let key = LimitKey::new("entry", "https://as.example", "alice");
        let quota = Quota::new(5, Duration::from_secs(60));
        block_on(limiter.charge(&[Charge::take(key, quota)]))
    }

    #[test]
    fn an_answer_that_is_missing_or_incomplete_allows_nothing() {
        assert!(matches!(
            charged(&[[None, None]]),
            Ran::Done(Ok(Charged::Allowed))
        ));
        let refused = charged(&[[Some(0), Some(1_000_000)]]);
        assert!(matches!(refused, Ran::Done(Ok(Charged::Limited { .. }))));
        for broken in [&[][..], &[[Some(0), None]]] {
            assert!(matches!(charged(broken), Ran::Done(Err(_))), "{broken:?}");
        }
    }
}
