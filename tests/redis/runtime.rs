//! The runtime of all tests: connections that they share belong to it.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
