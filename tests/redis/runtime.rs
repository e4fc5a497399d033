//! The runtime of all tests: connections that they share belong to it.

use std::ops::Deref;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;

pub(crate) static RUNTIME: LazyLock<Patient> = LazyLock::new(|| Patient(Runtime::new().unwrap()));

/// Longer than any test takes, however busy the machine is.
const LONGEST: Duration = Duration::from_secs(400);

/// A runtime that does not wait for ever: what hangs is a failure, with the name of its test.
pub(crate) struct Patient(Runtime);

impl Patient {
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let ended = self.0.block_on(async { timeout(LONGEST, future).await });
        ended.expect("this does not come to an end")
    }
}

impl Deref for Patient {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.0
    }
}
