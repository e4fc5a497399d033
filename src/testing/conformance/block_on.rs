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

/// Runs a future to its end on this thread, without a runtime.
///
/// The future has to wake its waker, for instance from another thread. Futures that need a runtime, such as those of `tokio`,
/// `sqlx` and `redis`, need that runtime's `block_on`.
///
/// ```
/// assert_eq!(device_grant::testing::conformance::block_on(async { 7 }), 7);
/// ```
///
/// # Panics
///
/// If the future can never continue, or is not woken for one minute.
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
