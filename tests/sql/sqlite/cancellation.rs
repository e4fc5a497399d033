use std::time::Duration;

use device_grant::host::{GrantStore, PollRecord};

use super::Sqlite;
use super::drivers::Driver;
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;

on_each_driver!(dropped_futures_leave_a_connection_that_works,);

fn dropped_futures_leave_a_connection_that_works<D: Driver>() {
    let sqlite = Sqlite::new::<D>();
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

/// A connection of `deadpool-sqlite` panics where there is no runtime, even when it is closed.
#[test]
fn a_store_may_be_dropped_outside_of_the_runtime_it_was_used_in() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = test_servers::Folder::new();
    let mut file = super::File::in_folder(&folder);
    file.is_new = true;
    let database = super::drivers::Deadpool::database(&file);
    let store = device_grant::store::SqlStore::new(database.clone());
    runtime.block_on(async {
        database.migrate().await.unwrap();
        insert(&store, &new_row(1)).await;
        assert!(store.find(&id(1)).await.unwrap().is_some());
    });
    drop(database);
    drop(runtime);
    drop(store);
}
