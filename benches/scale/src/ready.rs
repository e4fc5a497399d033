use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The output of a future that never waits, as those over memory never do.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("memory does not wait"),
    }
}
