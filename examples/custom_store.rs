//! A host's own store, held to the contract of a store by the tests at the end.
//!
//! `cargo test --example custom_store --features testing` runs them. `main` puts the store into a service.

#![expect(clippy::print_stdout, reason = "a program speaks to its terminal")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::Timestamp;
use device_grant::host::{
    Clock, GrantStore, NewRow, Pace, PollRecord, PortError, Redemption, Replacement, Row, System,
    async_trait, issuer_fn,
};
use device_grant::message::TokenResponse;
use device_grant::{BuildError, DeviceGrants};

/// One map behind one lock: whoever holds the lock is alone, so each operation is one atomic step.
///
/// A database does the same with a transaction, or with one statement that compares and writes, and tells the time by
/// its server's clock.
struct MapStore {
    clock: Arc<dyn Clock>,
    rows: Mutex<Rows>,
}

/// The pace is no part of the row: a poll writes it, and nothing else writes it.
type Rows = BTreeMap<GrantId, (Row, Pace)>;

impl MapStore {
    fn new(clock: impl Clock + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            rows: Mutex::default(),
        }
    }

    /// A thread that panicked has left nothing half-done: nothing here panics between two steps.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl GrantStore for MapStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let mut rows = self.rows();
        let has_code = |row: &Row| row.user_code.is_some() && row.user_code == new.user_code;
        if rows.contains_key(&new.id) || rows.values().any(|(row, _)| has_code(row)) {
            return Ok(None);
        }
        let at = self.clock.now();
        rows.insert(new.id, (new.at(at), new.pace));
        Ok(Some(at))
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let rows = self.rows();
        Ok(rows.get(id).map(|(row, _)| row.read(self.clock.now())))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let has_one = |row: &&Row| row.user_code.is_some_and(|code| codes.contains(&code));
        let rows = self.rows();
        let found = rows.values().map(|(row, _)| row).filter(has_one);
        Ok(found.map(|row| row.read(self.clock.now())).collect())
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let mut rows = self.rows();
        let found = rows.get_mut(&replacement.id);
        Ok(found.is_some_and(|(row, _)| row.apply(replacement)))
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let mut rows = self.rows();
        let found = rows.get_mut(&poll.id);
        Ok(found.map(|(row, pace)| row.polled(pace, poll, self.clock.now())))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(self.clock.now())
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let (now, mut left) = (self.clock.now(), limit);
        self.rows().retain(|_, (row, _)| {
            let is_due = row.forget_at <= now && left > 0;
            left -= u32::from(is_due);
            !is_due
        });
        Ok(u64::from(limit - left))
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

fn main() -> Result<(), BuildError> {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
    });
    let grants = DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .in_memory() // Everything but the store.
        .store(MapStore::new(System))
        .build()?;
    println!("a service of {} on this store", grants.issuer());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MapStore;

    device_grant::store_conformance_tests!(|clock| async { ((), MapStore::new(clock)) });
}
