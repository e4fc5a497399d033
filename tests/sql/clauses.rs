//! The clauses to which every store and limiter is held, as `tests/it` has them.

#[macro_use]
#[path = "../it/limiter/list.rs"]
mod limiter_list;
#[macro_use]
#[path = "../it/store/list.rs"]
mod store_list;

#[path = "../it/limiter/clauses.rs"]
pub(crate) mod charging;
#[path = "../it/store/forgetting.rs"]
pub(crate) mod forgetting;
#[path = "../it/store/harness.rs"]
pub(crate) mod harness;
#[path = "../it/store/polling.rs"]
pub(crate) mod polling;
#[path = "../it/store/writing.rs"]
pub(crate) mod writing;
