//! The contract of a store, under the isolations that a database can have.

use std::future::ready;

use super::drivers::Driver;
use super::{Isolation, store};
use crate::clauses;
use crate::executor::block_on;

on_each_driver!(a_grant_at_the_end_of_time_lasts_until_then);

/// Each clause with tables of its own, for a driver and an isolation.
macro_rules! clauses_of {
    ($name:ident, $driver:ident, $isolation:ident) => {
        mod $name {
            use super::super::drivers::$driver;
            use super::*;

            device_grant::store_conformance_tests!(
                |clock| ready((
                    (),
                    store::<$driver>(Isolation::$isolation).with_clock(clock)
                )),
                block_on = block_on,
            );
            device_grant::redemption_conformance_tests!(
                |clock| ready((
                    (),
                    store::<$driver>(Isolation::$isolation).with_clock(clock)
                )),
                block_on = block_on,
            );
            device_grant::directory_conformance_tests!(
                |clock| ready((
                    (),
                    store::<$driver>(Isolation::$isolation).with_clock(clock)
                )),
                block_on = block_on,
            );
        }
    };
}

on_each_isolation!(clauses_of);

fn a_grant_at_the_end_of_time_lasts_until_then<D: Driver>() {
    let store = store::<D>(Isolation::ReadCommitted).with_clock(clauses::last_second());
    block_on(clauses::a_grant_at_the_end_of_time_lasts_until_then(&store));
}
