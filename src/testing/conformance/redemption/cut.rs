use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::testing::Disruption;

/// Where a redemption is cut short.
#[derive(Clone, Debug)]
pub(super) enum Cut {
    /// At the call of the store with this number, from 1.
    Store(usize, Disruption),
    /// Its future is dropped after it has been polled this often.
    Dropped(usize),
}

impl Cut {
    /// How often a future may be polled.
    pub(super) fn patience(&self) -> usize {
        match self {
            Self::Store(..) => usize::MAX,
            Self::Dropped(awaits) => *awaits,
        }
    }
}

/// What became of a call.
#[derive(Debug)]
pub(super) enum Ended<T> {
    Answered(T),
    Dropped,
    Panicked,
}

/// Polls a future so often, unless it ends before.
pub(super) async fn run<F: Future>(mut patience: usize, future: F) -> Ended<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        patience = patience.saturating_sub(1);
        match polled {
            Ok(Poll::Ready(answer)) => Poll::Ready(Ended::Answered(answer)),
            Ok(Poll::Pending) if patience == 0 => Poll::Ready(Ended::Dropped),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(Ended::Panicked),
        }
    })
    .await
}
