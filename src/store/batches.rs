use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, MutexGuard};

// `tests/threads` includes this file, and has no folder of its own for it.
#[cfg(test)]
#[cfg(not(explored_by_shuttle))]
mod tests;

/// Answers calls that come at the same time by one statement.
///
/// While fewer batches than the maximum are under way, a call starts another one at once, with the calls that wait by then. So
/// no call waits under a low load, and batches grow with the load.
///
/// No task runs a batch: the call that started it polls it. If the future of that call is dropped, another call of the batch
/// takes over.
pub(super) struct Batches<C, A> {
    queue: Arc<Mutex<Queue<C, A>>>,
    /// Returns whether a call may be in a batch with another one.
    goes_with: fn(&C, &C) -> bool,
}

/// The calls of a batch.
pub(super) struct Calls<C> {
    /// At least one, the oldest of those that waited, in their order.
    pub(super) calls: Vec<C>,
    /// True if there is one call, and no other batch under way.
    #[cfg_attr(
        not(any(feature = "sql", test)),
        expect(dead_code, reason = "Redis locks no rows")
    )]
    pub(super) is_only: bool,
}

/// The answer to each call of a batch, in their order, or `None` for a call that is to be made alone.
type Answers<A> = Pin<Box<dyn Future<Output = Vec<Option<A>>> + Send>>;

/// The number of calls in a batch.
const MOST: usize = 64;

struct Queue<C, A> {
    under_way: usize,
    /// The number of batches that may be under way at once.
    most: usize,
    /// The calls that are in no batch yet. If a batch may begin, the first of them has been woken.
    waiting: VecDeque<Place<C, A>>,
}

/// A call in the queue, with its seat.
type Place<C, A> = (C, Arc<Seat<A>>);

/// The state of a call, which the call shares with the queue and then with its batch.
struct Seat<A>(Mutex<State<A>>);

enum State<A> {
    /// The call waits, in the queue or in a batch that another call polls.
    Waits(Option<Waker>),
    /// The call that polled the batch is gone, and this one is to poll it.
    Drives(Batch<A>),
    /// The answer, or `None` if the call is to be made alone.
    Answered(Option<A>),
    /// The call was dropped.
    Left,
}

/// A batch under way. If it is dropped before its end, the calls that wait for it are made alone.
struct Batch<A> {
    answers: Answers<A>,
    seats: Vec<Arc<Seat<A>>>,
}

impl<C: Send + 'static, A: Send + 'static> Batches<C, A> {
    /// Makes an empty queue, of which at most `under_way` batches run at once. With two, the database has the next batch at hand
    /// when it ends one.
    pub(super) fn new(under_way: usize, goes_with: fn(&C, &C) -> bool) -> Self {
        let queue = Queue {
            under_way: 0,
            most: under_way,
            waiting: VecDeque::new(),
        };
        Self {
            queue: Arc::new(Mutex::new(queue)),
            goes_with,
        }
    }

    /// Returns the answer to a call, or `None` if it is to be made alone. If a batch begins with it, `start` executes it.
    pub(super) async fn answer<F, Running>(&self, call: C, start: F) -> Option<A>
    where
        F: FnOnce(Calls<C>) -> Running + Send + Unpin + 'static,
        Running: Future<Output = Vec<Option<A>>> + Send + 'static,
    {
        let seat = Arc::new(Seat(Mutex::new(State::Waits(None))));
        let place = (call, Arc::clone(&seat));
        lock(&self.queue).waiting.push_back(place);
        let member = Member {
            batches: self,
            seat,
            start: Some(start),
            batch: None,
        };
        member.await
    }
}

/// A call that waits for its answer.
struct Member<'a, C, A, F> {
    batches: &'a Batches<C, A>,
    seat: Arc<Seat<A>>,
    start: Option<F>,
    /// The batch that this call polls.
    batch: Option<Batch<A>>,
}

impl<C, A, F, Running> Future for Member<'_, C, A, F>
where
    C: Send + 'static,
    A: Send + 'static,
    F: FnOnce(Calls<C>) -> Running + Send + Unpin + 'static,
    Running: Future<Output = Vec<Option<A>>> + Send + 'static,
{
    type Output = Option<A>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<A>> {
        if self.batch.is_none() {
            match self.seat.look(context.waker()) {
                State::Waits(_) => self.batch = self.begin(),
                State::Drives(batch) => self.batch = Some(batch),
                State::Answered(answer) => return Poll::Ready(answer),
                State::Left => return Poll::Ready(None),
            }
        }
        let Some(mut batch) = self.batch.take() else {
            return Poll::Pending;
        };
        // Out of its field while it is polled, so that a batch that panics is dropped.
        match batch.answers.as_mut().poll(context) {
            Poll::Pending => {
                self.batch = Some(batch);
                Poll::Pending
            }
            Poll::Ready(answers) => Poll::Ready(batch.hand_out(answers, &self.seat)),
        }
    }
}

impl<C, A, F, Running> Member<'_, C, A, F>
where
    C: Send + 'static,
    A: Send + 'static,
    F: FnOnce(Calls<C>) -> Running + Send + 'static,
    Running: Future<Output = Vec<Option<A>>> + Send + 'static,
{
    /// Starts a batch, unless the maximum is under way or this call is in a batch.
    fn begin(&mut self) -> Option<Batch<A>> {
        let start = self.start.take()?;
        let mut queue = lock(&self.batches.queue);
        let Some(taken) = queue.take(&self.seat, self.batches.goes_with) else {
            self.start = Some(start);
            return None;
        };
        let is_only = queue.under_way == 0 && taken.len() == 1;
        queue.under_way += 1;
        let next = queue.next();
        drop(queue);
        wake(next);
        let (calls, seats) = taken.into_iter().unzip();
        let slot = Slot(Arc::clone(&self.batches.queue));
        let answers = Box::pin(async move {
            let _slot = slot;
            start(Calls { calls, is_only }).await
        });
        Some(Batch { answers, seats })
    }
}

impl<C, A, F> Drop for Member<'_, C, A, F> {
    fn drop(&mut self) {
        let state = self.seat.leave();
        match (self.batch.take(), state) {
            (Some(batch), _) | (None, State::Drives(batch)) => batch.hand_over(),
            (None, State::Waits(_)) => {
                let mut queue = lock(&self.batches.queue);
                queue
                    .waiting
                    .retain(|(_, seat)| !Arc::ptr_eq(seat, &self.seat));
                let next = queue.next();
                drop(queue);
                wake(next);
            }
            (None, State::Answered(_) | State::Left) => {}
        }
    }
}

impl<C, A> Queue<C, A> {
    /// Takes the calls of a batch that this call begins: itself, and those that have waited longest. `None` if the maximum is
    /// under way, or this call is not in the queue.
    fn take(
        &mut self,
        seat: &Arc<Seat<A>>,
        goes_with: fn(&C, &C) -> bool,
    ) -> Option<Vec<Place<C, A>>> {
        if self.under_way >= self.most {
            return None;
        }
        let is_this = |(_, other): &Place<C, A>| Arc::ptr_eq(other, seat);
        let place = self.waiting.iter().position(is_this)?;
        let mut taken = vec![self.waiting.remove(place)?];
        let mut place = 0;
        while taken.len() < MOST
            && let (Some((first, _)), Some((call, _))) = (taken.first(), self.waiting.get(place))
        {
            if goes_with(call, first) {
                taken.extend(self.waiting.remove(place));
            } else {
                place += 1;
            }
        }
        Some(taken)
    }

    /// Returns the waker of the call that is to begin the next batch, if one may begin.
    fn next(&mut self) -> Option<Waker> {
        if self.under_way >= self.most {
            return None;
        }
        let (_, seat) = self.waiting.front()?;
        seat.waker()
    }
}

impl<A> Batch<A> {
    /// Gives each other call its answer, and returns the answer of this one.
    fn hand_out(mut self, answers: Vec<Option<A>>, own: &Arc<Seat<A>>) -> Option<A> {
        let mut answered = None;
        let mut answers = answers.into_iter();
        for seat in mem::take(&mut self.seats) {
            let answer = answers.next().flatten();
            if Arc::ptr_eq(&seat, own) {
                answered = answer;
            } else {
                seat.give(State::Answered(answer));
            }
        }
        answered
    }

    /// Hands the batch to another of its calls, which then polls it. If all are gone, the batch is dropped.
    fn hand_over(self) {
        let mut batch = Some(self);
        let seats = batch.as_ref().map(|batch| batch.seats.clone());
        for seat in seats.unwrap_or_default() {
            let Some(handed) = batch.take() else { return };
            if let Some(State::Drives(refused)) = seat.give(State::Drives(handed)) {
                batch = Some(refused);
            }
        }
    }
}

impl<A> Drop for Batch<A> {
    fn drop(&mut self) {
        for seat in &self.seats {
            seat.give(State::Answered(None));
        }
    }
}

impl<A> Seat<A> {
    /// Takes the state that another call gave to this one. If this one still waits, leaves its waker.
    fn look(&self, waker: &Waker) -> State<A> {
        let mut state = lock(&self.0);
        if let State::Waits(own) = &mut *state {
            *own = Some(waker.clone());
            return State::Waits(None);
        }
        mem::replace(&mut state, State::Waits(None))
    }

    /// Gives a state to a call that waits. Returns it if the call does not wait.
    fn give(&self, given: State<A>) -> Option<State<A>> {
        let mut state = lock(&self.0);
        if !matches!(*state, State::Waits(_)) {
            return Some(given);
        }
        let before = mem::replace(&mut *state, given);
        drop(state);
        if let State::Waits(waker) = before {
            wake(waker);
        }
        None
    }

    fn waker(&self) -> Option<Waker> {
        match &mut *lock(&self.0) {
            State::Waits(waker) => waker.take(),
            State::Drives(_) | State::Answered(_) | State::Left => None,
        }
    }

    fn leave(&self) -> State<A> {
        mem::replace(&mut *lock(&self.0), State::Left)
    }
}

/// One of the batches that may be under way, until it is dropped.
struct Slot<C, A>(Arc<Mutex<Queue<C, A>>>);

impl<C, A> Drop for Slot<C, A> {
    fn drop(&mut self) {
        let mut queue = lock(&self.0);
        queue.under_way = queue.under_way.saturating_sub(1);
        let next = queue.next();
        drop(queue);
        wake(next);
    }
}

/// Wakes a call. The caller holds no lock, because an executor may poll the woken call at once.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
