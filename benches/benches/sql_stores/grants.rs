use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Clock, GrantStore, NewRow};
use device_grant::testing::conformance::store::fixtures::new_row;
use tokio::task::JoinSet;

/// When the grants were issued, in microseconds after 1970.
pub(crate) const ISSUED: i64 = 1_790_000_000_000_000;

/// Within how many microseconds after that they are polled.
pub(crate) const POLLED: i64 = 1_000_000_000;

/// A usual grant of this number: a scope, and nothing else that is optional.
pub(crate) fn usual(number: u64) -> NewRow {
    let mut row = new_row(number);
    row.lifetime = Duration::from_secs(1_800);
    let body = r#"{"v":1,"r":{"s":"openid offline_access"}}"#;
    row.body = body.as_bytes().into();
    row
}

/// A clock that always shows another time at which the grants are alive.
#[derive(Default)]
pub(crate) struct Anytime(AtomicU64);

impl Clock for Anytime {
    fn now(&self) -> Timestamp {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let after = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % POLLED.unsigned_abs();
        Timestamp::from_micros(ISSUED + 10_000_000 + after.cast_signed())
    }
}

/// Inserts as many in their order, some at a time.
pub(crate) async fn insert(store: Arc<dyn GrantStore>, grants: u64, at_a_time: usize) {
    let mut running = JoinSet::new();
    let next = Arc::new(AtomicU64::new(0));
    for _ in 0..at_a_time {
        let (store, next) = (Arc::clone(&store), Arc::clone(&next));
        running.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= grants {
                    return;
                }
                let _ = store.insert(&usual(number)).await.unwrap();
            }
        });
    }
    running.join_all().await;
}
