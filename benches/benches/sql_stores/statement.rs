use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::code::GrantId;
use device_grant::host::{GrantStore, PollRecord};
use device_grant::sql::{Database, Driver, DriverError, Statement, Value};
use device_grant::store::SqlStore;

use crate::executor::block_on;

/// The statement that a store polls with, as its driver gets it.
pub(crate) fn poll_of(engine: impl FnOnce(Recorder) -> Database) -> String {
    let recorder = Recorder::default();
    let store = SqlStore::new(engine(recorder.clone()));
    let _ = block_on(store.record_poll(&PollRecord::new(GrantId::from_bytes([0; 16]))));
    recorder.0.lock().unwrap().swap_remove(0)
}

/// Notes each statement, and finds nothing.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Driver for Recorder {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        self.0.lock().unwrap().push(statement.sql.to_string());
        Ok(Vec::new())
    }

    async fn execute(&self, _: Statement) -> Result<u64, DriverError> {
        Ok(0)
    }

    async fn script(&self, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}
