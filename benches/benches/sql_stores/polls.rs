use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use device_grant::code::GrantId;
use device_grant::grant::{Holder, Pacing, Timestamp};
use device_grant::host::GrantStore;
use device_grant_benches::timing::now;
use tokio::task::JoinSet;

use crate::TIME;
use crate::grants::{ISSUED, POLLED};

/// Polls random grants at random times, so many at a time; how many in a second.
pub(crate) async fn polls(calls: usize, store: Arc<dyn GrantStore>, ids: &Arc<[GrantId]>) -> f64 {
    let polls = Arc::new(AtomicU32::new(0));
    let end = now() + TIME;
    let mut running = JoinSet::new();
    for call in 0..calls {
        let (store, ids, polls) = (Arc::clone(&store), Arc::clone(ids), Arc::clone(&polls));
        running.spawn(async move {
            let (holder, pacing) = (Holder::new("tv"), Pacing::default());
            let mut random = Random(call);
            while now() < end {
                let (id, now) = (ids[random.below(ids.len())], random.time());
                let polled = store.record_poll(&id, &holder, now, &pacing).await;
                assert!(polled.unwrap().unwrap().paced.is_some());
                polls.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    running.join_all().await;
    f64::from(polls.load(Ordering::Relaxed)) / TIME.as_secs_f64()
}

/// Numbers that are random enough to miss caches.
pub(crate) struct Random(pub(crate) usize);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 20) % bound
    }

    /// A time at which the grants are alive.
    pub(crate) fn time(&mut self) -> Timestamp {
        let after = i64::try_from(self.below(usize::try_from(POLLED).unwrap())).unwrap();
        Timestamp::from_micros(ISSUED + 10_000_000 + after)
    }
}
