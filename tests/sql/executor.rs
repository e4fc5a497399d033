//! For futures that wait for a database.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Longer than any test takes, however busy the machine is.
const LONGEST: Duration = Duration::from_secs(400);

/// Waits for a future on this thread, though not for ever: what hangs is a failure, with the name of its test.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let ended = RUNTIME.block_on(async { timeout(LONGEST, future).await });
    ended.expect("this does not come to an end")
}
