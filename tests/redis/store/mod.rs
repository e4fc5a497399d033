//! What holds for `RedisStore`.

#[path = "../../it/store/forgetting.rs"]
mod forgetting;
#[path = "../../it/store/harness.rs"]
pub(crate) mod harness;
#[path = "../../it/store/polling.rs"]
mod polling;
#[path = "../../it/store/writing.rs"]
mod writing;

mod contract;
mod keys;
mod round_trips;
mod settings;

pub(crate) use crate::executor::block_on;
