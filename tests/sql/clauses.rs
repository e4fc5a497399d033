//! Parts and clauses that the tests of several databases share.

use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::GrantStore;
use device_grant::testing::ManualClock;

pub(crate) mod harness {
    use device_grant::testing::conformance::Racers;
    pub(crate) use device_grant::testing::conformance::store::fixtures::*;

    /// Lets everybody act at the same moment, and says how each fared.
    pub(crate) fn race<T: Send>(act: impl Fn(u64) -> T + Sync) -> Vec<T> {
        Racers::default().race(async |racer| act(racer))
    }
}

/// A grant that is issued right before the end of time lasts until then.
pub(crate) async fn a_grant_at_the_end_of_time_lasts_until_then(store: &dyn GrantStore) {
    let row = harness::insert(store, &harness::new_row(1)).await;
    assert_eq!(row.expires_at, Timestamp::MAX);
    assert_eq!(harness::by_id(store, 1).await, Some(row));
    assert_eq!(store.purge(10).await.unwrap(), 0, "its time has not come");
}

/// A clock that stands a second before the end of time.
pub(crate) fn last_second() -> ManualClock {
    let clock = ManualClock::new();
    clock.set(Timestamp::MAX - Duration::from_secs(1));
    clock
}
