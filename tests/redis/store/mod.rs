//! What holds for `RedisStore`.

pub(crate) use device_grant::testing::conformance::store::fixtures as harness;

mod contract;
mod keys;
mod round_trips;
mod settings;

pub(crate) use crate::executor::block_on;
