//! The number of rows that one statement of a purge deletes.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::host::{GrantStore, Limiter};
use device_grant::limiter::SqlLimiter;
use device_grant::sql::{Database, Driver, DriverError, Statement, Value};
use device_grant::store::SqlStore;

use crate::executor::block_on;

/// A driver of a database that has so many rows to delete.
#[derive(Clone, Default)]
struct Rows(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    left: u64,
    /// The rows that each statement deleted.
    deleted: Vec<u64>,
}

impl Rows {
    fn new(left: u64) -> Self {
        let deleted = Vec::new();
        Self(Arc::new(Mutex::new(State { left, deleted })))
    }

    fn deleted(&self) -> Vec<u64> {
        self.0.lock().unwrap().deleted.clone()
    }
}

#[async_trait]
impl Driver for Rows {
    async fn query(&self, _: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        Ok(Vec::new())
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        let Some(Value::Integer(Some(limit))) = statement.values.last() else {
            panic!("{statement:?}")
        };
        let mut state = self.0.lock().unwrap();
        let deleted = state.left.min(limit.cast_unsigned());
        state.left -= deleted;
        state.deleted.push(deleted);
        Ok(deleted)
    }

    async fn script(&self, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}

/// Other writers of SQLite wait for as long as one statement takes.
#[test]
fn sqlite_deletes_a_hundred_rows_at_once() {
    for (left, limit, deleted) in [
        (1_000_u64, 250, vec![100, 100, 50]),
        (250, 1_000, vec![100, 100, 50]),
        (200, 1_000, vec![100, 100, 0]),
        (200, 200, vec![100, 100]),
        (0, 10, vec![0]),
        (10, 0, vec![0]),
    ] {
        let rows = Rows::new(left);
        let store = SqlStore::new(Database::sqlite(rows.clone()));
        let purged = block_on(store.purge(limit)).unwrap();
        assert_eq!(rows.deleted(), deleted);
        assert_eq!(purged, deleted.iter().sum::<u64>());

        let rows = Rows::new(left);
        let limiter = SqlLimiter::new(Database::sqlite(rows.clone()));
        assert_eq!(block_on(limiter.purge(limit)).unwrap(), purged);
        assert_eq!(rows.deleted(), deleted);
    }
}

#[test]
fn servers_delete_more_rows_at_once() {
    let [postgres, mariadb] = [2_007, 507].map(Rows::new);
    for (rows, database, at_once) in [
        (&postgres, Database::postgres(postgres.clone()), 1_000),
        (&mariadb, Database::mariadb(mariadb.clone()), 250),
    ] {
        let store = SqlStore::new(database);
        assert_eq!(block_on(store.purge(10_000)).unwrap(), 2 * at_once + 7);
        assert_eq!(rows.deleted(), [at_once, at_once, 7]);
    }
}
