use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::super::block_on::run;

/// The future that a test gives to `block_on`.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A function that runs a future on the calling thread. Several threads may call it at once.
pub type BlockOn<'a> = dyn for<'work> Fn(Work<'work>) + Sync + 'a;

/// A store on a busy machine may take its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a future that wakes whoever waits for it, such as one that a runtime on other threads works for.
///
/// Futures that have to be polled by their own runtime, such as those of `tokio`, `sqlx` and `redis`, need that
/// runtime's `block_on`.
///
/// ```
/// assert_eq!(device_grant::testing::conformance::block_on(async { 7 }), 7);
/// ```
///
/// # Panics
///
/// If the future waits for what can never come, or is not woken for a minute.
#[expect(
    clippy::panic,
    reason = "this module is for tests, which end by panicking"
)]
pub fn block_on<F: Future>(future: F) -> F::Output {
    match run(future, PATIENCE) {
        Some(output) => output,
        None => panic!("a call does not come to an end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "does not come to an end")]
    fn a_future_that_nobody_can_wake_fails_at_once() {
        block_on(std::future::pending::<()>());
    }
}
