use std::time::Duration;

use device_grant::host::{GrantStore, PollRecord};

use super::Sqlite;
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;

#[test]
fn dropped_futures_leave_a_connection_that_works() {
    let sqlite = Sqlite::new();
    block_on(async {
        insert(&sqlite.store, &new_row(1)).await;
        let record = PollRecord::new(id(1));
        for step in 0..200 {
            let poll = sqlite.store.record_poll(&record);
            let _ = tokio::time::timeout(Duration::from_micros(20 * step), poll).await;
        }
        assert!(sqlite.store.find(&id(1)).await.unwrap().is_some());
        insert(&sqlite.store, &new_row(2)).await;
    });
}
