//! A host's own store, held to the contract of a store by the tests at the end.
//!
//! `cargo test --example custom_store --features testing` runs them, and `cargo run` instead of `cargo test` the flow.

#![expect(clippy::print_stdout, reason = "a program speaks to its terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Arrival, Timestamp};
use device_grant::host::{
    Client, Clock, GrantStore, NewRow, Pace, PollRecord, PortError, Redemption, Replacement, Row,
    System, Terms, Visitor, async_trait, issuer_fn,
};
use device_grant::message::TokenResponse;
use device_grant::{Approval, DeviceGrants, PollOutcome};
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};

/// One map behind one lock: whoever holds the lock is alone, so each operation is one atomic step.
///
/// A database does the same with a transaction, or with one statement that compares and writes, and tells the time by
/// its server's clock.
struct MapStore {
    clock: Arc<dyn Clock>,
    rows: Mutex<BTreeMap<GrantId, Kept>>,
}

/// The pace is no part of the row: a poll writes it, and nothing else writes it.
struct Kept {
    row: Row,
    pace: Pace,
}

impl Kept {
    /// The row with the time at which it is read.
    fn read(&self, clock: &dyn Clock) -> Row {
        let mut row = self.row.clone();
        row.read_at = clock.now();
        row
    }
}

impl MapStore {
    fn new(clock: impl Clock + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            rows: Mutex::default(),
        }
    }

    /// A thread that panicked has left nothing half-done: nothing here panics between two steps.
    fn rows(&self) -> MutexGuard<'_, BTreeMap<GrantId, Kept>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl GrantStore for MapStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let mut rows = self.rows();
        let has_code = |kept: &Kept| new.user_code.is_some() && kept.row.user_code == new.user_code;
        if rows.contains_key(&new.id) || rows.values().any(has_code) {
            return Ok(None);
        }
        let at = self.clock.now();
        let (row, pace) = (new.at(at), new.pace);
        rows.insert(new.id, Kept { row, pace });
        Ok(Some(at))
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        Ok(self.rows().get(id).map(|kept| kept.read(&self.clock)))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let rows = self.rows();
        let has_one = |kept: &&Kept| {
            let code = kept.row.user_code;
            code.is_some_and(|code| codes.contains(&code))
        };
        let found = rows.values().filter(has_one);
        Ok(found.map(|kept| kept.read(&self.clock)).collect())
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        match self.rows().get_mut(&replacement.id) {
            Some(kept) if kept.row.revision == replacement.expected => {
                kept.row.apply(replacement);
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let mut rows = self.rows();
        let Some(kept) = rows.get_mut(&poll.id) else {
            return Ok(None);
        };
        let mut row = kept.read(&self.clock);
        row.paced = row.is_paced(row.read_at).then(|| {
            let (pace, paced) = kept.pace.poll(row.read_at, poll);
            kept.pace = pace;
            paced
        });
        Ok(Some(row))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(self.clock.now())
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let (now, mut left) = (self.clock.now(), limit);
        self.rows().retain(|_, kept| {
            let is_due = kept.row.forget_at <= now && left > 0;
            left -= u32::from(is_due);
            !is_due
        });
        Ok(u64::from(limit - left))
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = issuer_fn(|grant: Redemption| async move {
        let token = format!("token-of-{}", grant.subject());
        Ok(TokenResponse::bearer(token, Duration::from_secs(3_600)))
    });
    let grants = DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .in_memory()
        .store(MapStore::new(System))
        .build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse()?));
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")])?;
    let codes = grants.authorize(&tv, request).await?;
    println!("enter {} at {}", codes.user_code, codes.verification_uri);

    let alice = Visitor::new("alice").with_session("laptop");
    let typed = &codes.user_code;
    let review = grants.review(typed, Arrival::Typed, &alice).await?;
    let ticket = review.ticket;
    grants.approve(&ticket, &alice, Approval::all()).await?;
    let poll = DeviceTokenRequest::new(&*codes.device_code);
    if let PollOutcome::Tokens(tokens) = grants.poll(&tv, poll).await? {
        println!("the device has {}", tokens.access_token);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MapStore;

    device_grant::store_conformance_tests!(|clock| async { ((), MapStore::new(clock)) });
}
