use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// The outcome of a future that [`block_on`] ran.
///
/// ```
/// use device_grant::testing::{Ran, block_on};
///
/// let Ran::Done(seven) = block_on(async { 7 }) else {
///     panic!("it hangs");
/// };
/// assert_eq!(seven, 7);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a future ends in one of these ways"
)]
pub enum Ran<T> {
    /// The future ended with this value.
    Done(T),
    /// The future can never continue, and was dropped.
    Hung,
    /// The future panicked, with this message.
    Panicked(String),
}

/// Runs a future to its end on this thread, without a runtime.
///
/// A pending future whose waker nobody has can never continue. It is dropped at once, as a time-out or a closed connection
/// does in a server. If another thread or a channel has its waker, it gets ten seconds of real time.
///
/// ```
/// use device_grant::testing::{Ran, block_on};
///
/// assert_eq!(block_on(async { 7 }), Ran::Done(7));
/// assert_eq!(block_on(std::future::pending::<()>()), Ran::Hung);
/// ```
pub fn block_on<F: Future>(future: F) -> Ran<F::Output> {
    match catch_unwind(AssertUnwindSafe(|| run(future, PATIENCE))) {
        Ok(Some(value)) => Ran::Done(value),
        Ok(None) => Ran::Hung,
        Err(payload) => Ran::Panicked(message(&*payload)),
    }
}

/// Runs a future until it ends, cannot go on, or is not woken for as long as `patience`.
pub(super) fn run<F: Future>(future: F, patience: Duration) -> Option<F::Output> {
    let mut future = pin!(future);
    let alarm = Arc::new(Alarm {
        sleeper: thread::current(),
        rang: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&alarm));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if !wait(&alarm, patience) {
            return None;
        }
    }
}

struct Alarm {
    sleeper: Thread,
    rang: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        self.sleeper.unpark();
    }
}

/// One reference is in [`block_on`]'s hand, one in its waker.
const OWN_REFERENCES: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(10);

/// Waits until the alarm rings; `false` if it cannot ring any more, or takes too long.
fn wait(alarm: &Arc<Alarm>, patience: Duration) -> bool {
    let mut waited = Duration::ZERO;
    while waited < patience {
        let is_forgotten = Arc::strong_count(alarm) <= OWN_REFERENCES;
        // The last holder of the waker may have rung just before it let go. The fence makes that ring visible, if it
        // did.
        fence(Ordering::Acquire);
        if alarm.rang.swap(false, Ordering::AcqRel) {
            return true;
        }
        if is_forgotten {
            return false;
        }
        // In ticks, because a waker that is dropped unparks nobody.
        thread::park_timeout(TICK);
        waited += TICK;
    }
    false
}

pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Pending once, having handed out its waker.
    struct Signal {
        wakers: mpsc::Sender<Waker>,
        is_second: bool,
    }

    impl Future for Signal {
        type Output = ();

        fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if self.is_second {
                return Poll::Ready(());
            }
            self.is_second = true;
            self.wakers.send(context.waker().clone()).unwrap();
            Poll::Pending
        }
    }

    #[test]
    fn a_future_that_another_thread_wakes_goes_on() {
        let (wakers, received) = mpsc::channel::<Waker>();
        let other = thread::spawn(move || received.recv().unwrap().wake());
        let signal = Signal {
            wakers,
            is_second: false,
        };
        assert_eq!(block_on(signal), Ran::Done(()));
        other.join().unwrap();
    }

    #[test]
    fn a_future_that_wakes_itself_goes_on() {
        let mut polls = 0;
        let yielding = std::future::poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls < 3 {
                Poll::Pending
            } else {
                Poll::Ready(polls)
            }
        });
        assert_eq!(block_on(yielding), Ran::Done(3));
    }

    #[test]
    fn a_panic_is_an_outcome() {
        let ran = block_on(async { std::panic::resume_unwind(Box::new("no")) });
        assert_eq!(ran, Ran::<()>::Panicked("no".to_owned()));
    }

    #[test]
    fn a_future_that_hangs_is_dropped() {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let hung = block_on(async move {
            let _inside = inside;
            std::future::pending::<()>().await;
        });
        assert_eq!((hung, Arc::strong_count(&held)), (Ran::Hung, 1));
    }
}
