use std::time::Duration;

use device_grant::grant::{Holder, Pacing};
use device_grant::host::GrantStore;

use super::Sqlite;
use crate::clauses::harness::{at, id, insert, stored};
use crate::executor::block_on;

#[test]
fn dropped_futures_leave_a_connection_that_works() {
    let sqlite = Sqlite::new();
    block_on(async {
        insert(&sqlite.store, &stored(1)).await;
        let (holder, pacing) = (Holder::new("tv"), Pacing::default());
        for step in 0..200 {
            let (id, now) = (id(1), at(step));
            let poll = sqlite.store.record_poll(&id, &holder, now, &pacing);
            let _ =
                tokio::time::timeout(Duration::from_micros(20 * step.unsigned_abs()), poll).await;
        }
        assert!(sqlite.store.find(&id(1)).await.unwrap().is_some());
        insert(&sqlite.store, &stored(2)).await;
    });
}
