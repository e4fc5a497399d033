//! A host's own store, held to the contract of a store by the tests at the end.
//!
//! `cargo test --example custom_store --features testing` runs them, and `cargo run` instead of `cargo test` the flow.

#![expect(clippy::print_stdout, reason = "a program speaks to its terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Arrival, Holder, Origin, Pace, Pacing, Revision, Stored, Timestamp};
use device_grant::host::{
    Client, GrantStore, Insertion, Polled, Redemption, Replaced, StoreError, Terms, Visitor,
    issuer_fn,
};
use device_grant::message::{DeviceAuthorizationRequest, DeviceTokenRequest, TokenResponse};
use device_grant::{Approval, DeviceGrants, PollOutcome};

/// One map behind one lock: whoever holds the lock is alone, so each operation is one atomic step.
///
/// A database does the same with a transaction, or with one statement that compares and writes.
#[derive(Default)]
struct MapStore {
    rows: Mutex<BTreeMap<GrantId, Row>>,
}

/// The pace is no part of the grant: a poll writes it, and nothing else writes it.
struct Row {
    stored: Stored,
    pace: Pace,
}

impl MapStore {
    /// A thread that panicked has left nothing half-done: nothing here panics between two steps.
    fn rows(&self) -> MutexGuard<'_, BTreeMap<GrantId, Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl GrantStore for MapStore {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        let mut rows = self.rows();
        let facts = new.grant.facts();
        let is_taken = rows.values().any(|row| {
            let other = row.stored.grant.facts();
            other.id == facts.id || facts.user_code.is_some() && other.user_code == facts.user_code
        });
        if is_taken {
            return Ok(Insertion::Taken);
        }
        let row = Row {
            stored: new.clone(),
            pace: Pace::new(facts.interval),
        };
        rows.insert(facts.id, row);
        Ok(Insertion::Inserted)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        Ok(self.rows().get(id).map(|row| row.stored.clone()))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        let rows = self.rows();
        let has_one = |row: &&Row| {
            let code = row.stored.grant.facts().user_code;
            code.is_some_and(|code| codes.contains(&code))
        };
        let found = rows.values().filter(has_one);
        Ok(found.map(|row| row.stored.clone()).collect())
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        match self.rows().get_mut(&next.grant.id()) {
            Some(row) if row.stored.revision == expected => {
                row.stored = next.clone();
                Ok(Replaced::Won)
            }
            Some(_) | None => Ok(Replaced::Lost),
        }
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(id) else {
            return Ok(None);
        };
        let grant = &row.stored.grant;
        let paced = grant.is_paced(holder, now).then(|| {
            let (pace, paced) = row.pace.poll(grant.facts().interval, now, pacing);
            row.pace = pace;
            paced
        });
        Ok(Some(Polled::new(row.stored.clone(), paced)))
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut left = limit;
        let mut forgotten = 0;
        self.rows().retain(|_, row| {
            let is_due = row.stored.grant.facts().forget_at <= now && left > 0;
            left -= u32::from(is_due);
            forgotten += u64::from(is_due);
            !is_due
        });
        Ok(forgotten)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = issuer_fn(|grant: Redemption| async move {
        let token = format!("token-of-{}", grant.subject());
        Ok(TokenResponse::bearer(token, Duration::from_secs(3_600)))
    });
    let grants = DeviceGrants::builder("https://id.example", "https://id.example/activate", issuer)
        .in_memory()
        .store(MapStore::default())
        .build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse()?));
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")])?;
    let codes = grants.authorize(&tv, request, Origin::new()).await?;
    println!(
        "enter {} at {}",
        codes.user_code(),
        codes.verification_uri()
    );

    let alice = Visitor::new("alice").session("laptop");
    let typed = codes.user_code();
    let review = grants.review(typed, Arrival::Typed, &alice).await?;
    let ticket = review.ticket();
    grants.approve(&ticket, &alice, Approval::all()).await?;
    let poll = DeviceTokenRequest::new(codes.device_code());
    if let PollOutcome::Tokens(tokens) = grants.poll(&tv, poll).await? {
        println!("the device has {}", tokens.access_token());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MapStore;

    device_grant::store_conformance_tests!(|| async { ((), MapStore::default()) });
}
