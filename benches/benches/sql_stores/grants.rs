use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Access, Grant, Issuance, Revision, Stored, Timestamp};
use device_grant::host::GrantStore;
use tokio::task::JoinSet;

/// When the grants were issued, in microseconds after 1970.
pub(crate) const ISSUED: i64 = 1_790_000_000_000_000;

/// Within how many microseconds after that they are polled.
pub(crate) const POLLED: i64 = 1_000_000_000;

/// A usual grant of this number: a scope, and nothing else that is optional.
pub(crate) fn usual(number: u64) -> Stored {
    let id = digest(number, 1);
    let issued_at = Timestamp::from_micros(ISSUED + i64::try_from(number).unwrap());
    let mut issuance = Issuance::new(
        GrantId::from_bytes(*id.first_chunk().unwrap()),
        "tv",
        issued_at,
    );
    issuance.issuer = "https://as.example".into();
    issuance.user_code = Some(UserCodeDigest::from_bytes(digest(number, 2)));
    issuance.requested = Access::new("openid offline_access".parse().unwrap());
    issuance.lifetime = Duration::from_secs(1_800);
    Stored::new(Grant::issue(issuance), Revision::from_u64(number))
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

/// 32 bytes that look random, and are the same each time.
fn digest(number: u64, salt: u64) -> [u8; 32] {
    let mut digest = [0; 32];
    let mut state = number ^ (salt << 56);
    for bytes in digest.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
    }
    digest
}
