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
fn postgresql_deletes_a_thousand_rows_at_once() {
    let rows = Rows::new(2_007);
    let store = SqlStore::new(Database::postgres(rows.clone()));
    assert_eq!(block_on(store.purge(10_000)).unwrap(), 2_007);
    assert_eq!(rows.deleted(), [1_000, 1_000, 7]);
}

/// A driver of a MariaDB whose rows have the numbers of their keys, and some of which another session has locked.
#[derive(Clone)]
struct Numbered(Arc<Mutex<Numbers>>);

struct Numbers {
    left: Vec<u8>,
    locked: u8,
    deleted: Vec<u64>,
}

impl Numbered {
    /// `left` rows, of which the first `locked` stay.
    fn new(left: u8, locked: u8) -> Self {
        let left = (0..left).collect();
        let deleted = Vec::new();
        Self(Arc::new(Mutex::new(Numbers {
            left,
            locked,
            deleted,
        })))
    }
}

#[async_trait]
impl Driver for Numbered {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let [_, Value::Integer(Some(limit)), Value::Integer(Some(offset))] = statement.values[..]
        else {
            panic!("{statement:?}")
        };
        let [limit, offset] = [limit, offset].map(|number| usize::try_from(number).unwrap());
        let left = &self.0.lock().unwrap().left;
        let found = left.iter().skip(offset).take(limit);
        let key = |number: &u8| vec![Value::Bytes(Some(format!("{number:02X}").into_bytes()))];
        Ok(found.map(key).collect())
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        let Some(Value::Bytes(Some(list))) = statement.values.first() else {
            panic!("{statement:?}")
        };
        let keys: Vec<String> = serde_json::from_slice(list).unwrap();
        let mut rows = self.0.lock().unwrap();
        let (before, locked) = (rows.left.len(), rows.locked);
        rows.left
            .retain(|row| *row < locked || !keys.contains(&format!("{row:02X}")));
        let deleted = u64::try_from(before - rows.left.len()).unwrap();
        rows.deleted.push(deleted);
        Ok(deleted)
    }

    async fn script(&self, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}

/// It finds the rows first, and then deletes those that nobody has locked.
#[test]
fn mariadb_passes_over_locked_rows_however_many_calls_it_takes() {
    for (left, locked, limit, deleted) in [
        (7, 0, 10, vec![7]),
        (7, 0, 7, vec![7]),
        (7, 0, 3, vec![3]),
        (0, 0, 10, vec![0]),
        (7, 0, 0, vec![0]),
        (7, 2, 10, vec![5]),
        (7, 2, 4, vec![2, 2]),
        (7, 3, 2, vec![0, 1, 1]),
        (7, 7, 3, vec![0, 0, 0]),
    ] {
        let rows = Numbered::new(left, locked);
        let store = SqlStore::new(Database::mariadb(rows.clone()));
        let purged = block_on(store.purge(limit)).unwrap();
        assert_eq!(
            rows.0.lock().unwrap().deleted,
            deleted,
            "{left} {locked} {limit}"
        );
        assert_eq!(purged, deleted.iter().sum::<u64>());

        let rows = Numbered::new(left, locked);
        let limiter = SqlLimiter::new(Database::mariadb(rows.clone()));
        assert_eq!(block_on(limiter.purge(limit)).unwrap(), purged);
        assert_eq!(rows.0.lock().unwrap().deleted, deleted);
    }
    let rows = Numbered::new(255, 0);
    let store = SqlStore::new(Database::mariadb(rows.clone()));
    assert_eq!(block_on(store.purge(10_000)).unwrap(), 255);
    assert_eq!(rows.0.lock().unwrap().deleted, [250, 5]);
}
