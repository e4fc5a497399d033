//! Threads whose calls share batches, in one order after another.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use shuttle::future::{block_on, yield_now};
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread::{self, JoinHandle};

use self::batches::{Batches, Calls};
use self::orders::explore;

// `rustfmt` looks for its unit tests in a place of their own.
#[rustfmt::skip]
#[path = "../../../src/store/batches.rs"]
#[expect(dead_code, reason = "a store also asks whether a call is alone")]
mod batches;
mod orders;

mod sync {
    pub(crate) use shuttle::sync::{Mutex, MutexGuard};
}

/// A batch, until it ends or is dropped.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn count(batches: Arc<AtomicUsize>, most: usize) -> Self {
        assert!(batches.fetch_add(1, Ordering::SeqCst) < most);
        Self(batches)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Calls that are numbers, answered by their squares.
struct Squares {
    batches: Batches<usize, usize>,
    under_way: Arc<AtomicUsize>,
    most: usize,
}

impl Squares {
    fn new(most: usize, goes_with: fn(&usize, &usize) -> bool) -> Arc<Self> {
        Arc::new(Self {
            batches: Batches::new(most, goes_with),
            under_way: Arc::default(),
            most,
        })
    }

    async fn of(&self, number: usize) -> Option<usize> {
        let (under_way, most) = (Arc::clone(&self.under_way), self.most);
        let start = move |Calls { calls, .. }: Calls<usize>| async move {
            let _batch = UnderWay::count(under_way, most);
            // Meanwhile others come.
            yield_now().await;
            calls.into_iter().map(|call| Some(call * call)).collect()
        };
        self.batches.answer(number, start).await
    }
}

/// A thread for each number, which asks for its square.
fn asking(squares: &Arc<Squares>, numbers: RangeInclusive<usize>) -> Vec<JoinHandle<()>> {
    let ask = |number| {
        let squares = Arc::clone(squares);
        thread::spawn(move || assert_eq!(block_on(squares.of(number)), Some(number * number)))
    };
    numbers.map(ask).collect()
}

fn join(threads: Vec<JoinHandle<()>>) {
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn each_call_gets_its_own_answer_however_many_batches_there_may_be() {
    for most in [1, 2] {
        explore(move || {
            let squares = Squares::new(most, |_, _| true);
            join(asking(&squares, 1..=4));
        });
    }
}

#[test]
fn calls_that_may_not_be_together_are_answered_one_after_the_other() {
    for most in [1, 2] {
        explore(move || {
            let squares = Squares::new(most, |one, other| one % 2 == other % 2);
            join(asking(&squares, 1..=3));
        });
    }
}

/// Whoever is dropped may have begun the batch, be in it, or wait for the next one.
#[test]
fn a_call_that_is_dropped_stops_no_other() {
    explore(|| {
        let squares = Squares::new(1, |_, _| true);
        let leaving = {
            let squares = Arc::clone(&squares);
            thread::spawn(move || {
                let mut call = pin!(squares.of(7));
                let mut context = Context::from_waker(Waker::noop());
                matches!(
                    call.as_mut().poll(&mut context),
                    Poll::Ready(Some(49)) | Poll::Pending
                )
            })
        };
        let asking = asking(&squares, 1..=3);
        assert!(leaving.join().unwrap());
        join(asking);
    });
}
