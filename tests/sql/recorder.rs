//! The statements of an engine, as its driver gets them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::host::{GrantDirectory, GrantStore, GrantsOf, Limiter, PageRequest, PollRecord};
use device_grant::limiter::SqlLimiter;
use device_grant::sql::{Database, Driver, DriverError, Statement, Value};
use device_grant::store::SqlStore;

use crate::clauses::harness::{Shape, code, id, row};
use crate::executor::block_on;
use crate::polls::at_once;

/// A driver that notes each statement, and finds nothing.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Driver for Recorder {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        self.0.lock().unwrap().push(statement.sql.to_string());
        // What else comes at the same time comes now.
        tokio::task::yield_now().await;
        Ok(Vec::new())
    }

    async fn execute(&self, statement: Statement) -> Result<u64, DriverError> {
        self.0.lock().unwrap().push(statement.sql.to_string());
        Ok(0)
    }

    async fn script(&self, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}

/// The statements of each operation of a store, by name. `poll` and the purges have two where an engine takes two, and `polls` is
/// that of several polls.
pub(crate) struct Statements {
    pub(crate) find: String,
    pub(crate) find_by_user_code: String,
    pub(crate) replace: String,
    pub(crate) poll: Vec<String>,
    pub(crate) polls: String,
    pub(crate) list: [String; 2],
    pub(crate) purge: Vec<String>,
    pub(crate) purge_limits: Vec<String>,
}

impl Statements {
    pub(crate) fn of(engine: impl Fn(Recorder) -> Database) -> Self {
        let recorder = Recorder::default();
        let store = SqlStore::new(engine(recorder.clone()));
        let limiter = SqlLimiter::new(engine(recorder.clone()));
        let since = || std::mem::take(&mut *recorder.0.lock().unwrap());
        let one = || {
            let [one] = since().try_into().unwrap();
            one
        };
        let page = |of| PageRequest::first("https://as.example", of, 10);
        block_on(async {
            let _ = store.find(&id(1)).await;
            let find = one();
            let _ = store.find_by_user_code(&[code(1)]).await;
            let find_by_user_code = one();
            let _ = store.replace(&Shape::approved().over(&row(1), 2)).await;
            let replace = one();
            let _ = store.record_poll(&PollRecord::new(id(1))).await;
            let poll = since();
            // The first is alone, and two of the others share a statement.
            at_once(&store, [1, 2, 3]).await;
            let mut polls = since();
            polls.retain(|statement| !poll.contains(statement));
            polls.dedup();
            let [polls] = polls.try_into().unwrap();
            let _ = store.list(&page(GrantsOf::Subject("alice".into()))).await;
            let of_subject = one();
            let _ = store.list(&page(GrantsOf::Client("tv".into()))).await;
            let list = [of_subject, one()];
            let _ = store.purge(10).await;
            let purge = since();
            let _ = limiter.purge(10).await;
            Self {
                find,
                find_by_user_code,
                replace,
                poll,
                polls,
                list,
                purge,
                purge_limits: since(),
            }
        })
    }
}
