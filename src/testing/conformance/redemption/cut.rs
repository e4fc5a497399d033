use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::testing::{Disruption, FaultyStore, Occasion};

/// Where a redemption is cut short.
#[derive(Clone, Debug)]
pub(super) enum Cut {
    /// At the call of the store with this number, from 1.
    Store(usize, Disruption),
    /// At that call, from which on the store is away.
    StoreForGood(usize, Disruption),
    /// Its future is dropped after it has been polled this often.
    Dropped(usize),
}

impl Cut {
    /// Lets a store fail like this in its next calls.
    pub(super) fn prepare<S>(&self, store: &FaultyStore<S>) {
        /// More calls than one poll makes.
        const MANY: usize = 20;

        let (Self::Store(call, how) | Self::StoreForGood(call, how)) = self else {
            return;
        };
        store.disrupt(Occasion::nth(*call), how.clone());
        if matches!(self, Self::StoreForGood(..)) {
            for later in call + 1..call + MANY {
                store.disrupt(Occasion::nth(later), Disruption::FailBefore);
            }
        }
    }

    /// The number of times that a future may be polled.
    pub(super) fn patience(&self) -> usize {
        match self {
            Self::Store(..) | Self::StoreForGood(..) => usize::MAX,
            Self::Dropped(awaits) => *awaits,
        }
    }
}

/// The outcome of a call.
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
        // A panic ends a request, not the server: the device polls again.
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
