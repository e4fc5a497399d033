//! The polls of this process that wait for news of their grants.

use std::collections::HashMap;
use std::mem;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use crate::code::GrantId;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// A power of two, so that the shard is told by a few bits.
const SHARDS: usize = 64;

/// The waiting polls, at most one of a grant.
pub(super) struct Waits {
    waiting: AtomicUsize,
    is_over: AtomicBool,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    /// The number of changes of the grants in this shard.
    changes: u64,
    /// The number of polls that have waited here.
    turns: u64,
    waiting: HashMap<GrantId, Waiting>,
}

/// A poll that waits.
struct Waiting {
    /// Distinguishes this poll from a later one of the same grant, which replaces it.
    turn: u64,
    has_news: bool,
    waker: Option<Waker>,
}

impl Waiting {
    /// Notes that there is news, and returns the waker to be woken, if there is one.
    fn hear(&mut self) -> Option<Waker> {
        self.has_news = true;
        self.waker.take()
    }
}

/// The changes that a poll has seen before it read its grant.
#[derive(Clone, Copy)]
pub(super) struct Seen(u64);

/// The news that end a wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum News {
    /// The grant may have changed.
    Changed,
    /// The wait is over: a later poll of the same grant waits, or the server stops.
    Over,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Waits {
    /// Returns the changes up to now, for [`enter`](Self::enter). Call it before the grant is read, so that a change between the
    /// read and the wait is noticed.
    pub(super) fn seen(&self, id: &GrantId) -> Seen {
        Seen(self.shard(id).changes)
    }

    /// Takes a place among the polls that wait. Returns `None` if `most` wait already.
    pub(super) fn enter(&self, id: GrantId, seen: Seen, most: usize) -> Option<Place<'_>> {
        // A poll that passes here while `end` runs is found over by its first `Place::poll`.
        if self.is_over.load(Ordering::SeqCst) {
            return None;
        }
        let one_more = |waiting: usize| waiting.checked_add(1).filter(|next| *next <= most);
        // Relaxed: the number only bounds how many wait, and orders no other memory.
        let entered = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        entered.ok()?;
        let mut shard = self.shard(&id);
        // The turn distinguishes this place from that of a later poll of the same device, which replaces it.
        shard.turns = shard.turns.wrapping_add(1);
        let turn = shard.turns;
        let waiting = Waiting {
            turn,
            // The shard counts the changes of all its grants. A change of another grant costs a read, and none is missed.
            has_news: shard.changes != seen.0,
            waker: None,
        };
        let earlier = shard.waiting.insert(id, waiting);
        drop(shard);
        wake(earlier.and_then(|earlier| earlier.waker));
        Some(Place {
            waits: self,
            id,
            turn,
        })
    }

    /// Wakes the poll that waits for news of this grant, if one does.
    pub(super) fn tell(&self, id: &GrantId) {
        let mut shard = self.shard(id);
        // Also if nobody waits: a poll that has read the grant may be about to.
        shard.changes = shard.changes.wrapping_add(1);
        let waker = shard.waiting.get_mut(id).and_then(Waiting::hear);
        drop(shard);
        wake(waker);
    }

    /// Wakes every poll that waits, whatever its grant.
    pub(super) fn tell_all(&self) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.changes = shard.changes.wrapping_add(1);
            let waiting = shard.waiting.values_mut();
            // Collected under the lock and woken after it: an executor may poll a woken task at once, and that takes the
            // lock.
            let wakers: Vec<Waker> = waiting.filter_map(Waiting::hear).collect();
            drop(shard);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    /// Ends all waits, and begins none any more.
    pub(super) fn end(&self) {
        // Stored before the shards are emptied, and read again under the lock of a shard: a poll that enters in between
        // sees one of the two.
        self.is_over.store(true, Ordering::SeqCst);
        for shard in &self.shards {
            // A poll whose place is gone reports `Over`.
            let waiting = mem::take(&mut lock(shard).waiting);
            for waiting in waiting.into_values() {
                wake(waiting.waker);
            }
        }
    }

    /// Returns the number of polls that wait.
    pub(super) fn number(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn shard(&self, id: &GrantId) -> MutexGuard<'_, Shard> {
        let [.., last] = id.as_bytes();
        let [first, ..] = &self.shards;
        lock(
            self.shards
                .get(usize::from(*last) % SHARDS)
                .unwrap_or(first),
        )
    }
}

/// The place of a poll that waits, until it is dropped.
pub(super) struct Place<'a> {
    waits: &'a Waits,
    id: GrantId,
    turn: u64,
}

impl Place<'_> {
    /// Looks for news, and has the task woken when there are some.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<News> {
        let mut shard = self.waits.shard(&self.id);
        let own = shard.waiting.get_mut(&self.id);
        let Some(own) = own.filter(|waiting| waiting.turn == self.turn) else {
            return Poll::Ready(News::Over);
        };
        if self.waits.is_over.load(Ordering::SeqCst) {
            return Poll::Ready(News::Over);
        }
        // Before the waker is kept: news that came between two polls of this future would otherwise wait for the next.
        if mem::take(&mut own.has_news) {
            return Poll::Ready(News::Changed);
        }
        own.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut shard = self.waits.shard(&self.id);
        let own = shard.waiting.get(&self.id);
        // A later poll of this grant may have the entry by now, and would never be woken without it.
        if own.is_some_and(|waiting| waiting.turn == self.turn) {
            shard.waiting.remove(&self.id);
        }
        drop(shard);
        self.waits.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Wakes a poll. No lock is held by then: whoever runs it may poll it at once.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Locks, poisoned or not: nothing panics between the steps of a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
