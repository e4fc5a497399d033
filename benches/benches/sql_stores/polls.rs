use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use device_grant::code::GrantId;
use device_grant::host::{GrantStore, PollRecord};
use device_grant_benches::timing::now;
use tokio::task::JoinSet;

use crate::TIME;

/// Polls random grants, so many at a time; how many in a second.
pub(crate) async fn polls(calls: usize, store: Arc<dyn GrantStore>, ids: &Arc<[GrantId]>) -> f64 {
    let polls = Arc::new(AtomicU32::new(0));
    let end = now() + TIME;
    let mut running = JoinSet::new();
    for call in 0..calls {
        let (store, ids, polls) = (Arc::clone(&store), Arc::clone(ids), Arc::clone(&polls));
        running.spawn(async move {
            let mut random = Random(call);
            while now() < end {
                let id = ids[random.below(ids.len())];
                let poll = PollRecord::new(id);
                let polled = store.record_poll(&poll).await;
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
}
