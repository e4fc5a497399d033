//! Random histories of two issuers on a database, beside a model.

#[path = "../model/mod.rs"]
mod model;

use std::pin::Pin;

use device_grant::store::SqlStore;

use crate::executor::block_on;

/// Runs a few histories, all on this store.
#[track_caller]
pub(crate) fn compare(store: &SqlStore, source_file: &'static str) {
    model::run(
        5,
        source_file,
        |history| block_on(Pin::from(history)),
        async |clock| store.clone().with_clock(clock),
    );
}
